import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@softpool/testing/tiny';
import { expect, test } from 'vitest';
import { lockFolder } from './lock.ts';

async function folderLockedBy(process: number, host = hostname()): Promise<string> {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, '.lock'), JSON.stringify({ process, host, id: 'a-lock' }));
  return folder;
}

test('a folder can be locked once, and again after its release', async () => {
  const folder = await temporaryFolder();
  const first = lockFolder(folder);
  expect(lockFolder(folder)).toEqual({ heldBy: process.pid, host: hostname() });
  if (!('release' in first)) throw new Error('not locked');
  first.release();
  expect(readdirSync(folder)).toEqual([]);
  expect(lockFolder(folder)).toHaveProperty('release');
});

test('the lock of a running process is respected', async () => {
  expect(lockFolder(await folderLockedBy(process.ppid))).toEqual({ heldBy: process.ppid, host: hostname() });
});

test.each<[string, () => Promise<string>]>([
  ['a process that ended', () => folderLockedBy(spawnSync(process.execPath, ['-e', '']).pid)],
  ['an earlier process with the same number', () => folderLockedBy(process.pid)],
  ['another machine', () => folderLockedBy(process.ppid, 'another-machine')],
  ['nobody: its process has no number', () => folderLockedBy(Number.NaN)],
  [
    'nobody, in an incomplete file',
    async () => {
      const folder = await temporaryFolder();
      writeFileSync(join(folder, '.lock'), '{"proc');
      return folder;
    },
  ],
])('the lock of %s is taken over', async (_, lockedFolder) => {
  const folder = await lockedFolder();
  const lock = lockFolder(folder);
  if (!('release' in lock)) throw new Error('not locked');
  lock.release();
  expect(existsSync(join(folder, '.lock'))).toBe(false);
});

test('an unfinished replacement of a lock does not prevent the next one', async () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const folder = await folderLockedBy(ended);
  writeFileSync(join(folder, '.lock.a-lock'), JSON.stringify({ process: ended, host: hostname(), id: 'replacing' }));
  expect(lockFolder(folder)).toHaveProperty('release');
  expect(readdirSync(folder)).toEqual(['.lock']);
});

test('a lock that another machine took over is left alone', async () => {
  const folder = await temporaryFolder();
  const lock = lockFolder(folder);
  if (!('release' in lock)) throw new Error('not locked');
  writeFileSync(join(folder, '.lock'), JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  lock.release();
  expect(readdirSync(folder)).toEqual(['.lock']);
});

test('locking a missing folder fails with its name', async () => {
  const folder = join(await temporaryFolder(), 'none');
  expect(() => lockFolder(folder)).toThrow(/^cannot write .*\.lock: the folder does not exist$/);
});
