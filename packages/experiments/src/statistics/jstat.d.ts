/** Types for the functions of jstat that are used here; it ships none. */
declare module 'jstat' {
  const jstat: {
    /** Student's t distribution with `degrees` degrees of freedom. */
    readonly studentt: {
      /** The quantile of a probability. */
      inv(probability: number, degrees: number): number;
      /** The probability of a value below `value`. */
      cdf(value: number, degrees: number): number;
    };
  };
  export default jstat;
}
