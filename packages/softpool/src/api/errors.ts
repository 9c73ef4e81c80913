/**
 * Checks of arguments, shared by all packages. Their errors carry their parts as fields, so that a
 * package or a command that passes one on can reword it.
 */

/** The parts of an error about an argument: `call: option must be expected, received …`. */
export interface ArgumentErrorFields {
  /** The function that was called, e.g. `'softPool2d'`. */
  readonly call: string;
  /** The path of the invalid value, e.g. `'options.kernelSize[1]'` or `'x.data'`. */
  readonly option: string;
  /** What the value must be, e.g. `'a positive integer'`. */
  readonly expected: string;
  /** The invalid value. */
  readonly received: unknown;
  /** What follows the received value in the message, such as what to do; may be empty. */
  readonly hint: string;
}

/** A RangeError or TypeError about an argument. */
export type ArgumentError = (RangeError | TypeError) & ArgumentErrorFields;

/** An error for a value of the right type that is out of range. */
export function rangeError(call: string, option: string, expected: string, received: unknown, hint = ''): ArgumentError {
  return argumentError(RangeError, { call, option, expected, received, hint });
}

/** An error for a value of the wrong type, or an unknown word. */
export function typeError(call: string, option: string, expected: string, received: unknown, hint = ''): ArgumentError {
  return argumentError(TypeError, { call, option, expected, received, hint });
}

/** Whether this is an error made here, also by another copy of the package or in another realm. */
export function isArgumentError(error: unknown): error is ArgumentError {
  return error instanceof Error && 'call' in error && 'option' in error && 'expected' in error && 'received' in error;
}

/**
 * The message `option must be expected, received …` with another name for the option.
 */
export function argumentMessage({ expected, received, hint }: ArgumentErrorFields, option: string): string {
  return `${option} must be ${expected}, received ${describe(received)}${hint}`;
}

/** Throws unless `value` is one of `allowed`. */
export function checkOneOf<T>(call: string, option: string, value: unknown, allowed: readonly T[]): asserts value is T {
  if (!allowed.includes(value as T)) throw typeError(call, option, allowed.map((each) => describe(each)).join(' or '), value);
}

/**
 * Throws unless every key of `options` is one of `known`, so that a misspelled option does not
 * silently mean the default.
 */
export function checkKeys(call: string, options: unknown, known: readonly string[], option = 'options'): void {
  if (typeof options !== 'object' || options === null) throw typeError(call, option, 'an object', options);
  for (const key in options) {
    if (known.includes(key)) continue;
    const fields = { call, option: `${option}.${key}`, expected: `one of ${known.join(', ')}`, received: key, hint: '' };
    throw withFields(new TypeError(`${call}: ${option}.${key} is not an option of this call; it takes ${known.join(', ')}`), fields);
  }
}

/** Throws unless `value` is an integer of at least `least` and, if given, at most `most`. */
export function checkInteger(call: string, option: string, value: unknown, least: number, most?: number): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (most === undefined || (value as number) <= most)) return;
  const expected =
    most !== undefined ? `an integer from ${least} to ${most}` : least === 1 ? 'a positive integer' : `an integer ≥ ${least}`;
  throw rangeError(call, option, expected, value);
}

/** Throws unless `signal` is an AbortSignal, also one of another context, or `undefined`. */
export function checkSignal(call: string, signal: unknown): void {
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  if (signal === undefined || (typeof aborted === 'boolean' && typeof addEventListener === 'function')) return;
  throw typeError(call, 'options.signal', 'an AbortSignal', signal);
}

/**
 * Throws the reason of a signal that is aborted. Chrome before 100, Firefox before 97 and other
 * implementations lack the method of this name, and may give no reason.
 */
export function throwIfAborted(signal: (Pick<AbortSignal, 'aborted'> & { readonly reason?: unknown }) | undefined): void {
  if (!signal?.aborted) return;
  throw signal.reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : signal.reason;
}

/** A value as shown in an error message: short, and with quotes around strings. */
export function describe(value: unknown, depth = 0): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) {
    if (depth === 2) return '[…]'; // an array may contain itself
    // holes as undefined
    const shown = Array.from(value.slice(0, 8), (entry) => describe(entry, depth + 1)).join(', ');
    return `[${value.length > 8 ? `${shown}, …` : shown}]`;
  }
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}

function argumentError(Kind: RangeErrorConstructor | TypeErrorConstructor, fields: ArgumentErrorFields): ArgumentError {
  return withFields(new Kind(`${fields.call}: ${argumentMessage(fields, fields.option)}`), fields);
}

/** Adds fields that are not enumerable, so that printing the error shows only its message. */
function withFields(error: RangeError | TypeError, fields: ArgumentErrorFields): ArgumentError {
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(error, name, { value });
  return error as ArgumentError;
}
