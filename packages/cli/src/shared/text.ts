/** Texts for a terminal. */

/** A path, or any text from outside, with control characters made visible: a file name must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** An error as one line. */
export function oneLine(error: unknown): string {
  return printable((error instanceof Error ? error.message : String(error)).trim().replaceAll(/\s*\n\s*/g, ' '));
}

/** Why something could not be done, in the words of the command line: options are named as they are typed. */
export function reason(error: unknown): string {
  return oneLine(error).replace(/^[a-z]+[A-Z]\w*: (?:options\.(\w+)(?:\[\d\])*)?/, (_, option?: string) =>
    option === undefined ? '' : `--${option === 'kernelSize' ? 'kernel' : option}`,
  );
}

/** As in `2 h 05 min`, `5 min 20 s` or `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}

/** A number to three digits, as in `3730`, `41.2` or `0.512`. */
export function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
