import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openWeights } from './open-weights.ts';
import { readWeights } from './read-weights.ts';
import { encodeSafetensors } from './safetensors.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'softpool-shards-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const INDEX = 'model.safetensors.index.json';

test('the tensors of sharded safetensors are read by their index', async () => {
  const path = await folder();
  await writeFile(join(path, 'model-00001-of-00002.safetensors'), encodeSafetensors({ a: { shape: [2], data: Float32Array.of(1, 2) } }));
  await writeFile(join(path, 'model-00002-of-00002.safetensors'), encodeSafetensors({ b: { shape: [1], data: Float32Array.of(3) } }));
  const weight_map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
  await writeFile(join(path, INDEX), JSON.stringify({ metadata: { total_size: 12 }, weight_map }));
  const { tensors } = await readWeights(join(path, INDEX));
  expect(await Promise.all([...tensors.values()].map((tensor) => tensor.read()))).toEqual([Float32Array.of(1, 2), Float32Array.of(3)]);
});

test.each<[object, string]>([
  [{}, 'the file is JSON without a weight_map: it is not the index of sharded safetensors'],
  [{ weight_map: { a: '../a.safetensors' } }, "the index has the tensor 'a' in '../a.safetensors', which is not a file beside it"],
  [{ weight_map: { a: '..' } }, "the index has the tensor 'a' in '..', which is not a file beside it"],
  [{ weight_map: { a: INDEX } }, `the index has the tensor 'a' in '${INDEX}', which is an index itself, not safetensors`],
  [{ weight_map: { a: 'other.JSON' } }, "the index has the tensor 'a' in 'other.JSON', which is an index itself, not safetensors"],
  [{ weight_map: { a: 'lost.safetensors' } }, 'lost.safetensors: no such file or folder'],
])('an index that is wrong is an error in words: %j', async (index, message) => {
  const path = await folder();
  await writeFile(join(path, INDEX), JSON.stringify(index));
  await expect(readWeights(join(path, INDEX))).rejects.toThrow(message);
});

test('an index alone, as in a page, is named', async () => {
  await expect(openWeights(new Blob(['{"weight_map":{}}']))).rejects.toThrow('the file is JSON, such as the index of sharded safetensors');
});
