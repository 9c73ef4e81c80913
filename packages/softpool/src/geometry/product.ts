/** The product of sizes: the number of elements of a shape, or of taps of a kernel. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
