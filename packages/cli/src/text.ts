/** Texts for a terminal. */

/** A path, or any text from outside, with control characters made visible: a file name must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** An error as one line. */
export function oneLine(error: unknown): string {
  return printable((error instanceof Error ? error.message : String(error)).trim().replaceAll(/\s*\n\s*/g, ' '));
}
