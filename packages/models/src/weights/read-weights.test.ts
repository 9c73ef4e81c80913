// Weight files on disk.
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readWeights } from './read-weights.ts';
import { encodeSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'softpool-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

test.each(['tensors.pth', 'tensors-1.5.pth', 'reference.safetensors'])('%s is detected by its content, whatever its name', async (name) => {
  const path = join(folder, 'weights.bin');
  copyFileSync(join(FIXTURES, name), path);
  const { tensors } = await readWeights(path);
  expect(await tensors.get('every second')?.read()).toEqual(Float32Array.of(3 / 8, 5 / 8, 7 / 8));
});

test('a tensor beyond 4 GB is read', async () => {
  const path = join(folder, 'large.safetensors');
  const hole = 2 ** 32 + 8;
  const header = {
    before: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
    hole: { dtype: 'U8', shape: [hole], data_offsets: [1, 1 + hole] },
    behind: { dtype: 'F32', shape: [2], data_offsets: [1 + hole, 9 + hole] },
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, Buffer.of(7)]));
  truncateSync(path, 8 + json.length + 1 + hole); // a hole, without disk space
  appendFileSync(path, Buffer.from(Float32Array.of(3, 4).buffer));
  const { tensors } = await readWeights(path);
  expect(await tensors.get('before')?.read()).toEqual(Float32Array.of(7));
  expect(await tensors.get('behind')?.read()).toEqual(Float32Array.of(3, 4));
  rmSync(path);
});

describe('the message names the file and says what is wrong', () => {
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('empty.pth'), '');
  writeFileSync(path('text.pth'), 'These are not the weights you are looking for.');
  writeFileSync(path('cut.safetensors'), encodeSafetensors({ a: { shape: [2], data: Float32Array.of(1, 2) } }).subarray(0, -1));
  execFileSync('mkfifo', [path('pipe'), path('pipe.json')]);
  test.each([
    ['none.pth', 'no such file or folder'],
    ['empty.pth', "the file is empty; supported are .safetensors files, and PyTorch's .pth, .pt, .pth.tar and .bin files"],
    ['text.pth', 'the file is neither safetensors nor from torch.save; supported are'],
    ['cut.safetensors', "the safetensors file is truncated: its tensor 'a' ends at 8 of 7 bytes"],
    ['', 'is a folder, not a file'],
    ['pipe', 'is a pipe or a device, not a file'],
    ['pipe.json', 'is a pipe or a device, not a file'],
  ])('%s', async (name, message) => {
    await expect(readWeights(path(name))).rejects.toThrow(`${path(name)}: ${message}`);
  });

  test.each([
    ['longer', () => appendFileSync(path('changed.safetensors'), 'x')],
    ['written anew', () => utimesSync(path('changed.safetensors'), 1, 1)],
  ])('a file that is %s since it was opened', async (_, change) => {
    writeFileSync(path('changed.safetensors'), encodeSafetensors({ a: { shape: [2], data: Float32Array.of(1, 2) } }));
    const { tensors } = await readWeights(path('changed.safetensors'));
    change();
    await expect(tensors.get('a')?.read()).rejects.toThrow(`${path('changed.safetensors')}: the file has changed since it was opened`);
  });
});
