import { expect, test } from 'vitest';
import { byteSize, duration, grouped, percent, plural, threeDigits } from './text.ts';

test('numbers keep their size when they are cut to three digits', () => {
  expect([3728.6, 123_456, 41.25, 0.51249, 7].map(threeDigits)).toEqual(['3730', '123000', '41.3', '0.512', '7']);
});

test('a duration has two units at most', () => {
  expect([12.4, 320, 7500].map(duration)).toEqual(['12 s', '5 min 20 s', '2 h 05 min']);
});

test('a number of bytes has the unit in which it is printed', () => {
  expect([1, 999, 1000, 999_400, 999_600, 12_345_678].map(byteSize)).toEqual([
    '1 byte',
    '999 bytes',
    '1.0 kB',
    '999 kB',
    '1.0 MB',
    '12 MB',
  ]);
});

test('counts have their thousands apart', () => {
  expect([0, 999, 1000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
});

test('counts agree with their nouns', () => {
  expect([0, 1, 1200].map((count) => plural(count, 'shard'))).toEqual(['0 shards', '1 shard', '1,200 shards']);
  expect([1, 9].map((count) => plural(count, 'class', 'classes'))).toEqual(['1 class', '9 classes']);
});

test('percentages have two decimals, and are a dash without samples', () => {
  expect([0, 0.69994, 1, Number.NaN].map(percent)).toEqual(['0.00 %', '69.99 %', '100.00 %', '–']);
});
