/**
 * Parsers of option values, for commander: each returns a value, or throws an error that says what
 * it must be.
 */
import { InvalidArgumentError } from 'commander';
import { distance } from 'fastest-levenshtein';

/** Parses one value; lists are parsed value by value. */
export type Parser<T> = (text: string) => T;

/** The range of a number. Without bounds it is any finite number. */
export interface Range {
  /** The least value that is allowed. */
  readonly least?: number;
  /** The largest value that is allowed. */
  readonly most?: number;
  /** The value that it must be above. */
  readonly above?: number;
  /** The value that it must be below. */
  readonly below?: number;
}

/** An integer within a range. */
export function integer(range: Range): Parser<number> {
  return parserOf('an integer', range, (text, value) => /^-?\d+$/.test(text) && Number.isSafeInteger(value) && !Object.is(value, -0));
}

/** A finite number within a range. `what` says in an error what it must be. */
export function number(range: Range = {}, what = 'a number'): Parser<number> {
  return parserOf(what, range, (text, value) => text.trim() !== '' && Number.isFinite(value));
}

/** A time in seconds that Node's timers can wait: at most 2³¹ − 1 milliseconds. */
export function seconds(least: number): Parser<number> {
  return number({ least, most: 2_147_483 });
}

function parserOf(what: string, range: Range, isKind: (text: string, value: number) => boolean): Parser<number> {
  const { least = -Infinity, most = Infinity, above = -Infinity, below = Infinity } = range;
  return (text) => {
    const value = Number(text);
    if (isKind(text, value) && value >= least && value <= most && value > above && value < below) return value;
    throw new InvalidArgumentError(`It must be ${what}${rangeText(range)}.`);
  };
}

/** A range in words, such as ` from 1 to 64`. */
function rangeText({ least, most, above, below }: Range): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const bounds = [
    ...(least === undefined ? [] : [`of at least ${least}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

/** Shard I of N, written as I/N. */
export function shardOf(text: string): { index: number; count: number } {
  const [, index, count] = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index <= shard.count) return shard;
  throw new InvalidArgumentError('It must be I/N with I from 1 to N, such as 3/16.');
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

/** A path, which an unset variable of a shell would leave empty. */
export function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty; the current folder is a dot.');
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
