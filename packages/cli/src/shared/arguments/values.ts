/**
 * Parsers of option values, for commander: each returns a value, or throws an error that says what
 * it must be.
 */
import { InvalidArgumentError } from 'commander';
import { distance } from 'fastest-levenshtein';

/** Parses one value; lists are parsed value by value. */
export type Parser<T> = (text: string) => T;

/** An integer of at least `least` and at most `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be an integer ${bounds}.`);
    }
    return value;
  };
}

/** A number of at least `least` and below `end`. */
export function numberFrom(least: number, end = Number.POSITIVE_INFINITY): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least && value < end) return value;
    throw new InvalidArgumentError(
      `It must be a number of at least ${least}${end === Number.POSITIVE_INFINITY ? '' : ` and below ${end}`}.`,
    );
  };
}

/** A finite number. */
export function anyNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

/** A number above 0 and below `end`. */
export function numberAbove0(end = Number.POSITIVE_INFINITY): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0 && value < end) return value;
    throw new InvalidArgumentError(`It must be a number above 0${end === Number.POSITIVE_INFINITY ? '' : ` and below ${end}`}.`);
  };
}

/** A seed: an integer of 32 bits. */
export function seedOf(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= -(2 ** 31) && value < 2 ** 31) return value;
  throw new InvalidArgumentError('It must be a 32-bit integer.');
}

/** Shard I of N, written as I/N. */
export function shardOf(text: string): { index: number; count: number } {
  const [, index, count] = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index <= shard.count) return shard;
  throw new InvalidArgumentError('It must be I/N with I from 1 to N, such as 3/16.');
}

/** The sharpness of SoftPool. */
export function sharpness(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a finite number ≥ 0.');
  return value;
}

/**
 * Sizes separated by ×, such as 16x112x112; an empty list if one of them is not a positive integer.
 */
export function sizesIn(text: string): number[] {
  const parts = text.split(/[x×]/i);
  return parts.every((part) => /^[1-9]\d{0,8}$/.test(part)) ? parts.map(Number) : [];
}

/** A width and a height such as 640x480. */
export function parseSize(text: string): [width: number, height: number] {
  const [width, height, more] = sizesIn(text);
  if (width === undefined || height === undefined || more !== undefined) {
    throw new InvalidArgumentError('It must be width x height in pixels, such as 640x480.');
  }
  return [width, height];
}

/** A side of a result: in pixels, or as a percentage of the input's. */
export type Length = number | { readonly percent: number };

/** A side such as 640 or 50%. */
export function parseLength(text: string): Length {
  const [, digits, percent] = /^(\d+)$|^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  const value = Number(digits ?? percent);
  if (digits !== undefined && value >= 1 && Number.isSafeInteger(value)) return value;
  if (percent !== undefined && value > 0 && value <= 100) return { percent: value };
  throw new InvalidArgumentError("It must be pixels, an integer of at least 1, or a percentage of the input's side, such as 50%.");
}

/** A length as the user writes it. */
export function lengthText(length: Length | undefined): string | number | undefined {
  return typeof length === 'object' ? `${length.percent}%` : length;
}

/** The size of an input: 224, 224x224 or 16x112x112. One number is both sides of a square. */
export function extent(text: string): number[] {
  const sizes = sizesIn(text);
  const [size] = sizes;
  if (sizes.length > 3 || size === undefined) {
    throw new InvalidArgumentError('It must be height x width in pixels, such as 224x224, or frames x height x width, such as 16x112x112.');
  }
  return sizes.length === 1 ? [size, size] : sizes;
}

/** One of a few words. */
export function oneOf<T extends string>(allowed: readonly T[]): Parser<T> {
  return (text) => {
    const found = allowed.find((word) => word === text);
    if (found !== undefined) return found;
    const near = nearest(text, allowed);
    throw new InvalidArgumentError(`It must be one of ${allowed.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`);
  };
}

/**
 * The most similar word, if most of its letters are the same: the measure that commander has for
 * options.
 */
export function nearest(text: string, words: readonly string[]): string | undefined {
  const [near] = words.map((word) => ({ word, far: distance(word.toLowerCase(), text.toLowerCase()) })).sort((a, b) => a.far - b.far);
  return near !== undefined && near.far <= 3 && near.far < 0.6 * Math.max(near.word.length, text.length) ? near.word : undefined;
}
