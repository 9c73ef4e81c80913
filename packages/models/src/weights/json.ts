/** JSON from untrusted files. */
import { describe } from 'softpool/internal';

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** Whether a value is an object and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is an integer ≥ 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Like `JSON.parse`, but a repeated name in an object is a SyntaxError. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const repeated = repeatedName(text);
  if (repeated === undefined) return value;
  throw new SyntaxError(`${describe(repeated)} is repeated`);
}

/** The first name that occurs twice in an object of valid JSON. */
function repeatedName(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token, , colon] of text.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (colon === undefined) continue;
    else {
      const name: string = JSON.parse(token.slice(0, -colon.length));
      const names = objects.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return undefined;
}

/** Braces and strings. A string followed by a colon is a name. */
const TOKENS = /"[^"\\]*(\\.[^"\\]*)*"(\s*:)?|[{}]/g;
