/**
 * Checks of arguments. This package imports none of ours, so it has its own. Their messages and
 * fields are those of `softpool/internal`, so that the command can reword them.
 */

/** The longest time of Node's timers, 2^31 − 1 ms, in whole seconds. Longer ones end at once. */
const LONGEST = 2147483;

/** Throws unless every key of `options` is one of `known`, so that no misspelled one is ignored. */
export function checkKeys(call: string, options: unknown, known: readonly string[]): void {
  // The value is not repeated: it may be the server's URL, with its password.
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${call}: options must be an object, received ${options === null ? 'null' : typeof options}`);
  }
  for (const key in options) {
    if (known.includes(key)) continue;
    throw new TypeError(`${call}: options.${key} is not an option of this call; it takes ${known.join(', ')}`);
  }
}

/** Throws unless `value` is an integer of at least `least`. */
export function checkInteger(call: string, option: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw argumentError(RangeError, call, option, `an integer ≥ ${least}`, value);
}

/** Throws unless `value` is a number of seconds of at least `least` that Node's timers can wait. */
export function checkSeconds(call: string, option: string, value: unknown, least: number): void {
  if (typeof value === 'number' && value >= least && value <= LONGEST) return;
  throw argumentError(RangeError, call, option, `a number of seconds from ${least} to ${LONGEST}`, value);
}

/** Throws unless `value` has the type, or is undefined. */
export function checkType(call: string, option: string, value: unknown, type: 'boolean' | 'function' | 'string'): void {
  const isOfType = typeof value === type || value === undefined;
  if (!isOfType) throw typeError(call, option, `a ${type}`, value);
}

/** Throws unless `signal` is an AbortSignal, also one of another context, or undefined. */
export function checkSignal(call: string, signal: unknown): void {
  if (signal === undefined) return;
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw typeError(call, 'options.signal', 'an AbortSignal', signal);
}

/** An error for a value of the wrong type. */
export function typeError(call: string, option: string, expected: string, received: unknown): TypeError {
  return argumentError(TypeError, call, option, expected, received);
}

function argumentError<E extends Error>(
  Kind: new (message: string) => E,
  call: string,
  option: string,
  expected: string,
  received: unknown,
): E {
  const error = new Kind(`${call}: ${option} must be ${expected}, received ${describe(received)}`);
  // Not enumerable, so that printing the error shows only its message.
  for (const [name, value] of Object.entries({ call, option, expected, received, hint: '' })) Object.defineProperty(error, name, { value });
  return error;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'object';
  return typeof value === 'function' ? 'function' : String(value);
}
