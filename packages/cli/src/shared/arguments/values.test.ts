import { expect, test } from 'vitest';
import { nearest } from './values.ts';

test('a word is suggested if at most three of its letters differ', () => {
  expect(nearest('abcdefgXYZ', ['perChannel', 'abcdefghij'])).toBe('abcdefghij');
  expect(nearest('abcdefWXYZ', ['perChannel', 'abcdefghij'])).toBeUndefined();
});

test('a word is not suggested if most of its letters differ', () => {
  expect([nearest('axy', ['abc']), nearest('abx', ['abc'])]).toEqual([undefined, 'abc']);
});
