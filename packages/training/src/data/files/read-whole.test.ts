// A pipe that nobody writes to never ends. Opening one would wait for ever.
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf, messageOf, plain } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import type { DataSet } from '../data-set.ts';
import { openDataSet } from '../open-data-set.ts';
import { clipFolder } from './clip-folder.ts';

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7);
const picture = plain([1, 0, 0]);

test.each<[kind: string, files: Record<string, Uint8Array | string>, pipe: string]>([
  ["MNIST's images", { 'train-labels-idx1-ubyte': '' }, 'train-images-idx3-ubyte'],
  ["MNIST's labels", { 'train-images-idx3-ubyte': images }, 'train-labels-idx1-ubyte'],
  ["MNIST's compressed images", { 'train-labels-idx1-ubyte': '' }, 'train-images-idx3-ubyte.gz'],
  ["CIFAR's binary files", {}, 'data_batch_1.bin'],
  ["CIFAR's class names", { 'data_batch_1.bin': new Uint8Array(3073) }, 'batches.meta.txt'],
  ["CIFAR's files for Python", { data_batch_1: '' }, 'batches.meta'],
  ["the emoji's list", {}, 'emoji.json'],
])('a pipe in place of %s is an error, and nobody waits for its other end', async (_, files, pipe) => {
  const folder = await folderOf({ ...files, other: '' });
  execFileSync('mkfifo', [join(folder, pipe)]);
  expect(await messageOf(openDataSet(folder))).toBe(`Error: ${folder}/${pipe}: is a pipe or a device, not a file`);
  await rm(folder, { recursive: true });
});

test('a pipe or a device in place of a clip is a corrupt sample', async () => {
  const folder = await folderOf({ 'a/1.txt': '', 'b/1.mp4': picture });
  execFileSync('mkfifo', [join(folder, 'a/0.mp4')]);
  execFileSync('ln', ['-s', '/dev/zero', join(folder, 'a/1.mp4')]);
  const set: DataSet = await clipFolder(folder);
  for (const index of [0, 1]) {
    expect(await messageOf(set.read(index))).toBe(`CorruptSampleError: ${folder}/a/${index}.mp4: is a pipe or a device, not a file`);
  }
  await rm(folder, { recursive: true });
});
