/** What differs between two JSON values, for messages. */

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One place where two values differ; `undefined` where one has nothing. */
export interface Difference {
  /** As in `data.samples`. */
  readonly path: string;
  /** What it was. */
  readonly before: Json | undefined;
  /** What it is now. */
  readonly now: Json | undefined;
}

/** All places where `now` differs from `before`. Lists are compared as a whole. */
export function differences(before: Json | undefined, now: Json | undefined, path = ''): Difference[] {
  if (isObject(before) && isObject(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => differences(before[name], now[name], path === '' ? name : `${path}.${name}`));
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path, before, now }];
}

/** A value in a message: as JSON, cut where it is long. */
export function shownJson(value: Json | undefined): string {
  if (value === undefined) return 'not set';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
