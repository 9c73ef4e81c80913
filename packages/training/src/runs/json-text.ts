/** Results as JSON. */

/** A result as JSON; numbers that JSON lacks, such as NaN, become strings. */
export function jsonText(value: unknown, indent: number): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'number' && !Number.isFinite(each) ? String(each) : each), indent);
}
