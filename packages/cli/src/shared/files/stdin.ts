/** The name of standard input. */
export const STDIN = '-';
