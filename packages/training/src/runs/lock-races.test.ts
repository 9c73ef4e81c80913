// Processes that lock one folder in the same millisecond. LOCK_RACES=1000 runs more races.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@softpool/testing/tiny';
import { expect, onTestFinished, test } from 'vitest';

const RACES = Number(process.env.LOCK_RACES ?? 50);
const PROCESSES = 4;
const RACER = new URL('../../../../private/testing/src/lock-racer.mjs', import.meta.url);
// Processes cannot import TypeScript.
const LOCK = new URL('../../dist/runs/lock.js', import.meta.url);

async function racers(): Promise<ChildProcess[]> {
  const processes = Array.from({ length: PROCESSES }, () => fork(RACER, [LOCK.href]));
  onTestFinished(() => {
    for (const process of processes) process.kill('SIGKILL');
  });
  await Promise.all(processes.map((process) => once(process, 'message')));
  return processes;
}

/** Sends a message to all processes and resolves to their answers. */
async function ask(processes: readonly ChildProcess[], message: object): Promise<unknown[]> {
  const answers = processes.map(async (process) => ((await once(process, 'message')) as [unknown])[0]);
  for (const process of processes) process.send(message);
  return await Promise.all(answers);
}

test.each(['without a lock', 'with the lock of a process that ended'])(
  `of ${PROCESSES} processes that lock a folder ${RACES} times at once, %s, one gets it`,
  async (what) => {
    const folder = await temporaryFolder();
    const path = join(folder, '.lock');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const processes = await racers();
    for (let race = 0; race < RACES; race++) {
      if (what.startsWith('with the')) writeFileSync(path, JSON.stringify({ process: pid, host: hostname(), id: `ended-${race}` }));
      const answers = await ask(processes, { folder, start: Date.now() + 2 });
      const won = answers.filter((answer) => answer === 'locked').length;
      expect(won, `race ${race}`).toBe(1);
      await ask(processes, {});
      expect(readdirSync(folder)).toEqual([]);
    }
    rmSync(folder, { recursive: true, force: true });
  },
);
