// Numbers on the page: none that differ much look the same.
import { expect, test } from 'vitest';
import { formatNumber } from '../../site/studio/parts/format-number.ts';

test.each([
  [0, '0'],
  [-0, '0'],
  [0.25, '0.25'],
  [0.001, '0.001'],
  [0.0009, '9×10⁻⁴'],
  [0.0001, '1×10⁻⁴'],
  [0.000068, '6.8×10⁻⁵'],
  [-0.00034, '−3.4×10⁻⁴'],
  [-66.125, '−66.13'],
  [999.96, '1000'],
  [1000.5, '1000.5'],
  [1001.493, '1001.5'],
  [123456.7, '123456.7'],
  [-999994, '−999994'],
  [12345678, '1.2×10⁷'],
  [1e-300, '1×10⁻³⁰⁰'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '∞'],
  [Number.NEGATIVE_INFINITY, '−∞'],
])('%d', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('with three digits, percentages below 0.01 are not 0', () => {
  expect([0.004, 0.0996, 12.34, 250.46, 0].map((value) => formatNumber(value, 3))).toEqual(['4×10⁻³', '0.1', '12.3', '250.5', '0']);
});
