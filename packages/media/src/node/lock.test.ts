// The locks of this host are tested with the folders of runs, in @softpool/training.
import { readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { lockFile } from './lock.ts';

const RESPECTED = { otherHosts: 'respected' } as const;

afterEach(() => {
  vi.useRealTimers();
});

/** A folder with a lock of another host that was refreshed so many seconds ago. */
async function lockedElsewhere(secondsAgo: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-lock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'lock');
  writeFileSync(path, JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(path, time, time);
  return path;
}

test('the lock of another host is respected while it is refreshed', async () => {
  const path = await lockedElsewhere(30);
  expect(lockFile(path, RESPECTED)).toEqual({ heldBy: 1, host: 'another-machine' });
});

test('the lock of another host is taken over a minute after its last refresh', async () => {
  const path = await lockedElsewhere(90);
  const lock = lockFile(path, RESPECTED);
  if (!('release' in lock)) throw new Error('not locked');
  expect(lock.isMine()).toBe(true);
  lock.release();
  expect(readdirSync(join(path, '..'))).toEqual([]);
});

test('a broken symbolic link where a lock should be is replaced', async () => {
  const path = await lockedElsewhere(0);
  rmSync(path);
  symlinkSync('nowhere', path);
  const lock = lockFile(path, RESPECTED);
  if (!('release' in lock)) throw new Error('not locked');
  expect([lock.isMine(), readdirSync(join(path, '..'))]).toEqual([true, ['lock']]);
  lock.release();
  expect(readdirSync(join(path, '..'))).toEqual([]);
});

test('the lock of another host is replaced at once where that is asked for', async () => {
  const path = await lockedElsewhere(0);
  const lock = lockFile(path, { otherHosts: 'replaced' });
  if (!('release' in lock)) throw new Error('not locked');
  lock.release();
});

test('a lock that other hosts respect is refreshed every ten seconds, until it is released', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const path = await lockedElsewhere(90);
  const lock = lockFile(path, RESPECTED);
  if (!('release' in lock)) throw new Error('not locked');
  utimesSync(path, 0, 0);
  vi.advanceTimersByTime(10_000);
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
  lock.release();
  expect(vi.getTimerCount()).toBe(0);
});

test('a lock is refreshed by the time of the file system where the clock of the host is behind', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const path = await lockedElsewhere(90);
  vi.setSystemTime(Date.now() - 300_000);
  const lock = lockFile(path, RESPECTED);
  if (!('release' in lock)) throw new Error('not locked');
  vi.advanceTimersByTime(10_000);
  writeFileSync(`${path}.now`, '');
  expect(statSync(`${path}.now`).mtimeMs - statSync(path).mtimeMs).toBeLessThan(60_000);
  lock.release();
  expect(readdirSync(join(path, '..'))).toEqual(['lock.now']);
});

test('a process does not refresh a lock that another has taken over', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const path = await lockedElsewhere(90);
  const lock = lockFile(path, RESPECTED);
  if (!('release' in lock)) throw new Error('not locked');
  writeFileSync(path, JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  utimesSync(path, 0, 0);
  vi.advanceTimersByTime(10_000);
  expect(statSync(path).mtimeMs).toBe(0);
  lock.release();
});

test('a process can tell that another has taken over its lock', async () => {
  const path = await lockedElsewhere(90);
  const lock = lockFile(path, RESPECTED);
  if (!('release' in lock)) throw new Error('not locked');
  writeFileSync(path, JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  expect(lock.isMine()).toBe(false);
  lock.release();
  expect(readdirSync(join(path, '..'))).toEqual(['lock']);
});

test('two locks of one process exclude each other', async () => {
  const path = await lockedElsewhere(90);
  const lock = lockFile(path, RESPECTED);
  expect(lockFile(path, RESPECTED)).toEqual({ heldBy: process.pid, host: hostname() });
  if ('release' in lock) lock.release();
});
