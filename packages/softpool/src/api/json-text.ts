/** Results as JSON. */

/** A value as JSON; numbers that JSON lacks, such as NaN, become strings. */
export function jsonText(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'number' && !Number.isFinite(each) ? String(each) : each), indent);
}
