/** Text for a terminal. */

/**
 * A path, or any text from outside, with control characters made visible: a file name must not move
 * the cursor.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** An error as one line. */
export function oneLine(error: unknown): string {
  return printable((error instanceof Error ? error.message : String(error)).trim().replaceAll(/\s*\n\s*/g, ' '));
}

/**
 * A shape such as `N × 64 × 56 × ?`, where `?` is an unknown size; an empty text if the shape is
 * unknown.
 */
export function shapeText(shape: readonly (number | string | null | undefined)[] | undefined): string {
  return shape === undefined ? '' : shape.map((size) => size ?? '?').join(' × ');
}

/** A duration such as `2 h 05 min`, `5 min 20 s` or `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}

/** A number with three significant digits, such as `3730`, `41.2` or `0.512`. */
export function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A count such as `850` or `1,200`. `Intl` takes 20 ms to load, which small counts do not need. */
export function grouped(count: number): string {
  return count < 1000 ? String(count) : count.toLocaleString('en');
}

/** A count with its noun, such as `1 shard` or `1,200 shards`. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`;
}

/** A share from 0 to 1 as a percentage, such as `69.99 %`; a dash if there is none. */
export function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(2)} %`;
}

/** A number of bytes such as `12 MB`, `1.1 MB`, `850 kB` or `320 bytes`. */
export function byteSize(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  if (bytes < 1000) return `${plural(bytes, 'byte')}`;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes * 1.0005) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}
