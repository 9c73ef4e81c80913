// What inputs that fail leave in the staging folder, while their shard runs.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeArchive } from '../../testing/archives.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';
import type { Processor } from './command.ts';
import { runArchive } from './run-archive.ts';
import { runFiles } from './run-files.ts';

/** Writes half a result of each input and fails, and counts the halves that are there. */
function failing() {
  const halves: string[] = [];
  const counts: number[] = [];
  const processor: Processor = {
    needsFiles: true,
    jobs: 1,
    memory: 1,
    memoryOf: async () => 1,
    async process({ temporary }) {
      counts.push(halves.filter((path) => existsSync(path)).length);
      const path = temporary('.mp4');
      halves.push(path);
      writeFileSync(path, 'half');
      throw new Error('damaged');
    },
  };
  return { processor, counts };
}

const NAMES = Array.from({ length: 10 }, (_, i) => `${i}.mp4`);

test('a clip that fails leaves no file behind, even before its shard is done', async () => {
  const folder = await temporaryFolder();
  const { processor, counts } = failing();
  const inputs = NAMES.map((name) => ({ path: join(folder, name), relativePath: name, key: name }));
  const shard = { name: '00001', folder, path: join(folder, '00001'), inputs, all: { count: 10, sha256: '' } };
  expect(await runFiles({ ...shard, retryFailed: false, force: false }, processor, {})).toMatchObject({ failed: 10 });
  expect(counts).toEqual(NAMES.map(() => 0));
});

test('in an archive only clips that wait for their turn have files', async () => {
  const folder = await temporaryFolder();
  const { processor, counts } = failing();
  writeArchive(
    join(folder, 'in.tar'),
    NAMES.map((name) => [name, 'a clip']),
  );
  const shard = { name: 'out', folder, path: join(folder, 'out'), source: join(folder, 'in.tar'), isInput: () => true };
  expect(await runArchive({ ...shard, retryFailed: false, force: false }, processor, {})).toMatchObject({ failed: 10 });
  expect(Math.max(...counts)).toBeLessThan(5);
});
