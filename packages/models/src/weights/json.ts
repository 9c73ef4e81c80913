/** Values from files that are not trusted: JSON, what it may hold, and how a message shows it. */

/** An object of JSON. */
export type JsonObject = Record<string, unknown>;

/** Whether a value is an object, and not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value can be a size, a position or a number of things. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** As `JSON.parse`, which keeps the last of two entries with one name; here that is an error. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const repeated = repeatedName(text);
  if (repeated === undefined) return value;
  throw new SyntaxError(`it has ${shown(repeated)} twice`);
}

/** A value from outside in a message: as JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

/** The first name that one object of `text`, which is JSON, has twice. */
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

/** Braces and texts; one with a colon behind it is a name. */
const TOKENS = /"[^"\\]*(\\.[^"\\]*)*"(\s*:)?|[{}]/g;
