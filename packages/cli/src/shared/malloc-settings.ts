/**
 * Settings of glibc's malloc for pictures. By default it takes memory in pages of 4 KB, and gives
 * each thread memory of its own, which the others cannot use again. The system then needs as long
 * to hand out the memory of a large picture as a decoder to fill it, or longer.
 */
import { readFileSync, statSync } from 'node:fs';
import { findExecve } from './execve.ts';

/** Which programs get huge pages, on Linux: those that ask, where this file says `[madvise]`. */
const SETTING = '/sys/kernel/mm/transparent_hugepage/enabled';

/**
 * Ask for pages of 2 MB, from glibc 2.35 on, in one heap for all threads: malloc does not ask for
 * them in the heaps of further threads. Other libraries ignore both.
 */
const TUNABLES = 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1';

/** Bytes of a file from which its samples are likely to fill huge pages. */
const LARGE_FILE = 2 ** 20;

/**
 * Starts the command again with these settings, in the same process: malloc reads them when a
 * process starts. Returns where they gain nothing or cannot be had, as before Node 22.15, and where
 * malloc has settings already. Starting Node again takes 40 to 100 ms, so small files are left
 * alone.
 */
export function restartWithMallocSettings(setting = SETTING): void {
  const { argv, env, execArgv, execPath } = process;
  const execve = findExecve();
  const { GLIBC_TUNABLES: others = '' } = env;
  if (execve === undefined || process.platform !== 'linux' || process.connected) return;
  if (others.includes('glibc.malloc.')) return;
  try {
    if (!keepsPictures(argv.slice(2)) || !readFileSync(setting, 'utf8').includes('[madvise]') || !statSync(execPath).isFile()) return;
    const GLIBC_TUNABLES = [others, TUNABLES].filter((text) => text !== '').join(':');
    execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, GLIBC_TUNABLES });
  } catch {
    // The system has no such setting, Node's permissions forbid it, or no file can have a name: the
    // command runs as it is, and reports the name.
  }
}

/** Whether a command line processes pictures or frames that are large, or may be. */
function keepsPictures([command = '', ...words]: readonly string[]): boolean {
  return command === 'queue' ? words[0] === 'work' : ['image', 'video'].includes(command) && words.some(isLarge);
}

/** Whether a word stands for large files, or may: one, a folder, a pattern, or a list of files. */
function isLarge(word: string): boolean {
  if (/^--files(?:=|$)/.test(word)) return true;
  const info = statSync(word, { throwIfNoEntry: false });
  return info === undefined ? /[*?{[]/.test(word) : info.isDirectory() || info.size >= LARGE_FILE;
}
