/** Differences between two JSON values, for messages. */

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A place where two values differ; `undefined` where one of them has no value. */
export interface Difference {
  /** As in `data.samples`. */
  readonly path: string;
  /** The first value. */
  readonly before: Json | undefined;
  /** The second value. */
  readonly now: Json | undefined;
}

/** All places where `now` differs from `before`. Arrays are compared as a whole. */
export function jsonDifferences(before: Json | undefined, now: Json | undefined, path = ''): Difference[] {
  if (isObject(before) && isObject(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => jsonDifferences(before[name], now[name], path === '' ? name : `${path}.${name}`));
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path, before, now }];
}

/** A value as messages show it: JSON, at most 80 characters. */
export function shortJson(value: Json | undefined): string {
  if (value === undefined) return 'not set';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
