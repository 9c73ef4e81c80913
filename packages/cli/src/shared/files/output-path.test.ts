import { expect, test } from 'vitest';
import { pathBelowOutput } from './output-path.ts';

test('paths of inputs are the same with the separators of Windows and of others', () => {
  expect(pathBelowOutput('2024\\05\\cat.png', '\\')).toBe('2024/05/cat.png');
  expect(pathBelowOutput('2024/05/cat.png', '\\')).toBe('2024/05/cat.png');
  expect(pathBelowOutput('2024/05/cat.png', '/')).toBe('2024/05/cat.png');
  expect(pathBelowOutput('a\\b.png', '/')).toBe('a\\b.png');
});

test('paths of inputs stay in the output folder', () => {
  expect(pathBelowOutput('/data/a.png', '/')).toBe('data/a.png');
  expect(pathBelowOutput('C:\\data\\a.png', '\\')).toBe('data/a.png');
  expect(pathBelowOutput('./x/../../a.png', '/')).toBe('x/a.png');
});
