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

/** Like `JSON.parse`, but a repeated name in an object, or deep nesting, is a SyntaxError. */
export function parseJson(text: string): unknown {
  checkNames(text);
  return JSON.parse(text);
}

/** More levels than the header of any file of weights has. */
const MOST_LEVELS = 100;

/** Looks for names that occur twice in an object. What is not JSON at all, `JSON.parse` refuses. */
function checkNames(text: string): void {
  const objects: (Set<string> | undefined)[] = []; // none for a list
  for (let position = 0; position < text.length; position++) {
    const letter = text.charCodeAt(position);
    if (letter === OPENING_BRACE || letter === OPENING_BRACKET) {
      objects.push(letter === OPENING_BRACE ? new Set() : undefined);
      if (objects.length > MOST_LEVELS) throw new SyntaxError(`it is nested more than ${MOST_LEVELS} levels deep`);
    } else if (letter === CLOSING_BRACE || letter === CLOSING_BRACKET) objects.pop();
    if (letter !== QUOTE) continue;
    const end = endOfString(text, position);
    if (isName(text, end)) addName(objects.at(-1), text.slice(position, end));
    position = end - 1;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The position after the quote that ends a string. */
function endOfString(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position++) {
    const letter = text.charCodeAt(position);
    if (letter === BACKSLASH) position++;
    else if (letter === QUOTE) return position + 1;
  }
  return text.length;
}

/** Whether a colon follows, after white space. */
function isName(text: string, end: number): boolean {
  let position = end;
  while (' \t\n\r'.includes(text.charAt(position)) && position < text.length) position++;
  return text[position] === ':';
}

function addName(names: Set<string> | undefined, quoted: string): void {
  const name: string = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
  if (names?.has(name)) throw new SyntaxError(`${describe(name)} is repeated`);
  names?.add(name);
}
