import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@softpool/testing/tiny';
import { expect, test } from 'vitest';
import { createFolder } from './create-folder.ts';

test('creates a folder and those above it, once', async () => {
  const folder = join(await temporaryFolder(), 'runs', 'first');
  createFolder(folder);
  createFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
});

test('a file in the path is an error', async () => {
  const file = join(await temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(() => createFolder(file)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  expect(() => createFolder(join(file, 'run'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

test('a folder below /proc is an error and not an endless loop', () => {
  expect(() => createFolder('/proc/runs/first')).toThrow(/no such file|read-only/);
});
