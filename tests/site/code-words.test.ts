// Names of files within a command to copy: a shell reads each as that name and nothing else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellFile, shellWord } from '../../site/studio/parts/code-words.ts';
import { FILES } from './studio-page.ts';

/** The words of a command, as the shell hands them on. */
function wordsIn(command: string, cwd = '.'): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8', cwd })
    .split('\0')
    .slice(0, -1);
}

test.each([
  'model.onnx',
  'a/b_c-1.2+3@4:5,6%.onnx',
  'x=1x3x224x224',
  'model (1).onnx',
  "it's.onnx",
  '$(touch hacked).onnx',
  '`touch hacked`; touch hacked & .onnx',
  '~',
  '=ls',
  '*',
  '!!"\\',
  '模型.onnx',
  '',
])('a shell reads %j as one word', (text) => {
  expect(wordsIn(shellWord(text))).toEqual([text]);
});

test('a shell reads any words without control characters as they are', () => {
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      expect(wordsIn(words.map(shellWord).join(' '))).toEqual(words);
    }),
  );
});

test.each(['model.onnx', '../x=1x3.onnx', '100%.onnx'])('%s needs no quotes', (name) => {
  expect(shellFile(name)).toBe(name);
});

test.each([
  ['-rf', './-rf'],
  ['--version.onnx', './--version.onnx'],
  ['-- it.onnx', './-- it.onnx'],
])('the file %s is not an option', (name, path) => {
  expect(wordsIn(shellFile(name))).toEqual([path]);
});

test('a terminal gets no control character, and the shell still finds the file', () => {
  const folder = mkdtempSync(`${FILES}names-`);
  const name = "it's\n\u0003\u001b[A.onnx";
  writeFileSync(`${folder}/${name}`, '');
  expect(shellFile(name)).not.toMatch(/\p{Cc}/u);
  expect(wordsIn(shellFile(name), folder)).toEqual([name]);
});
