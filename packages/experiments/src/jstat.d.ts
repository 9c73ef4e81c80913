/** Of jstat, which has no types of its own, what is used. */
declare module 'jstat' {
  const jstat: {
    /** Student's distribution with `degrees` degrees of freedom. */
    readonly studentt: {
      /** The value that the share `probability` is below. */
      inv(probability: number, degrees: number): number;
      /** The probability of a value below `value`. */
      cdf(value: number, degrees: number): number;
    };
  };
  export default jstat;
}
