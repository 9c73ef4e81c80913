// What killed processes leave is removed; what running ones write is not.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../testing/run-cli.ts';
import { removeTemporary, temporaryIn } from './temporaries.ts';

test('temporary files of ended processes are removed, and those of running ones and of other hosts are kept', async () => {
  const [running, ended] = [sleeper(), sleeper()];
  ended.kill('SIGKILL');
  await new Promise((resolve) => ended.once('exit', resolve));
  const elsewhere = await temporaryFolder();
  const mine = temporaryIn(elsewhere);
  const of = (pid: number | undefined, name = basename(mine)): string => name.replace(`-${process.pid}-`, `-${pid}-`);
  const other = (name: string): string => name.replace(/^\.softpool-[0-9a-f]{8}/, '.softpool-00000000');
  const last = basename(mine).replace(/[0-9a-f]{12}\.tmp$/, '000000000000.tmp');

  const folder = await temporaryFolder();
  const kept = [of(running.pid), other(of(ended.pid)), 'a.tmp', `${of(ended.pid)}.png`];
  for (const name of [...kept, of(ended.pid), last]) await writeFile(join(folder, name), '');
  // The folder of frames.
  await mkdir(join(folder, of(ended.pid, last)));
  await writeFile(join(folder, of(ended.pid, last), '1.png'), '');
  const temporary = temporaryIn(folder);
  expect(readdirSync(folder).sort()).toEqual(kept.sort());

  // Those of this process are kept, also where a folder is named in another way.
  await writeFile(temporary, '');
  temporaryIn(`${folder}/../${basename(folder)}`);
  temporaryIn(join(folder, '.'));
  expect(readdirSync(folder)).toContain(basename(temporary));
  await removeTemporary(temporary);
  expect(readdirSync(folder).sort()).toEqual(kept.sort());
});

/** A process that does nothing until the end of the test. */
function sleeper() {
  const child = spawn('sleep', ['600']);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
