// A process of a race for a lock: waits for the start, tries to lock the folder, says whether it
// has the lock, and releases it when it is told to. The argument is the module that locks.
import { argv } from 'node:process';

/** @type {typeof import('../../../packages/training/src/runs/lock.ts')} */
const { lockFolder } = await import(argv[2] ?? '');

/** @type {ReturnType<typeof lockFolder> | undefined} */
let lock;

process.on('message', (/** @type {{ folder?: string, start: number }} */ { folder, start }) => {
  if (folder === undefined) {
    if (lock !== undefined && 'release' in lock) lock.release();
    answer('released');
    return;
  }
  while (Date.now() < start); // awake, so that all start at once
  lock = lockFolder(folder);
  answer('release' in lock ? 'locked' : 'refused');
});
answer('ready');

/** @param {string} text */
function answer(text) {
  process.send?.(text);
}
