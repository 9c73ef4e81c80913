import { expect, test } from 'vitest';
import { integer, nearest, number, seconds } from './values.ts';

test.each([
  ['a number', number(), ['0', '-1.5', '2e3'], ['', ' ', 'x', 'NaN', 'Infinity', '1,2']],
  ['a number of at least 0 and below 1', number({ least: 0, below: 1 }), ['0', '0.999'], ['-0.001', '1']],
  ['a number above 0', number({ above: 0 }), ['0.001'], ['0', '-1']],
  ['an integer of at least 2', integer({ least: 2 }), ['2', '9007199254740991'], ['1', '2.5', '2e3', '0x10', '9007199254740992']],
  ['an integer from -3 to 64', integer({ least: -3, most: 64 }), ['-3', '0', '64'], ['-4', '65', '-0', '+1']],
  // 2³¹ − 1 ms, the longest time of Node's timers, is 2147483.647 s.
  ['a number from 1 to 2147483', seconds(1), ['1', '2147483'], ['0.9', '2147483.5', '2147484']],
])('%s', (words, parse, valid, invalid) => {
  for (const text of valid) expect(parse(text)).toBe(Number(text));
  for (const text of invalid) expect(() => parse(text)).toThrow(expect.objectContaining({ message: `It must be ${words}.` }));
});

test('a word is suggested if at most three of its letters differ', () => {
  expect(nearest('abcdefgXYZ', ['perChannel', 'abcdefghij'])).toBe('abcdefghij');
  expect(nearest('abcdefWXYZ', ['perChannel', 'abcdefghij'])).toBeUndefined();
});

test('a word is not suggested if most of its letters differ', () => {
  expect([nearest('axy', ['abc']), nearest('abx', ['abc'])]).toEqual([undefined, 'abc']);
});
