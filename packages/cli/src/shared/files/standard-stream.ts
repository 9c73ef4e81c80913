/** The path that stands for standard input, or as an output for standard output. */
export const STANDARD_STREAM = '-';
