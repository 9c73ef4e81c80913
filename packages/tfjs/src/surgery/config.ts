/** Objects of a model's configuration or topology: plain data, as JSON has it. */

/** An object with names. */
export type Config = Record<string, unknown>;

/** Whether a value is an object with names. */
export function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
