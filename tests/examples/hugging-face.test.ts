// Soft pooling of token embeddings in place of the mean, with transformers.js and a small model.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, type FeatureExtractionPipeline, pipeline, type Tensor } from '@huggingface/transformers';
import { writeTextModel } from '@softpool/testing/model-folders';
import { globalSoftPool } from 'softpool';
import { afterAll, beforeAll, expect, test } from 'vitest';

const TEXTS = ['a short sentence', 'a sentence with a few more words .', 'words'];

let folder: string;
let extractor: FeatureExtractionPipeline;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softpool-'));
  await writeTextModel(join(folder, 'text'), 5);
  Object.assign(env, { allowRemoteModels: false, localModelPath: folder, useFSCache: false });
  extractor = await pipeline('feature-extraction', 'text', { dtype: 'fp32' });
});

afterAll(async () => {
  await extractor.dispose();
  await rm(folder, { recursive: true });
});

/** The embeddings of all texts in one batch, padded to the longest. */
async function embeddings(beta: number): Promise<Float32Array> {
  const hidden = await extractor(TEXTS, { pooling: 'none' });
  const { attention_mask } = extractor.tokenizer(TEXTS, { padding: true, truncation: true }) as { attention_mask: Tensor };
  expect(Array.from(attention_mask.data, Number)).toContain(0);
  const mask = { data: attention_mask.data as BigInt64Array, dims: attention_mask.dims };
  // The tensor itself is taken as well as an object with its data and dims.
  const x = hidden as unknown as { data: Float32Array; dims: number[] };
  const { data, shape } = globalSoftPool(x, { layout: 'channelsLast', keepDims: false, mask, beta });
  expect(shape).toEqual([3, 5]);
  return data;
}

test('the embedding of a text in a batch is that of the text alone, by the formula', async () => {
  const pooled = await embeddings(2);
  for (const [n, text] of TEXTS.entries()) {
    const { data, dims } = await extractor(text, { pooling: 'none' });
    const [, tokens = 0, dimensions = 0] = dims;
    for (let d = 0; d < dimensions; d++) {
      const values = Array.from({ length: tokens }, (_, t) => data[t * dimensions + d] as number);
      const masses = values.map((value) => Math.exp(2 * value));
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      const expected = values.reduce((sum, value, t) => sum + (value * (masses[t] as number)) / total, 0);
      expect(pooled[n * dimensions + d]).toBeCloseTo(expected, 6);
    }
  }
});

test("with β = 0 it is transformers.js's mean", async () => {
  const mean = await extractor(TEXTS, { pooling: 'mean' });
  const pooled = await embeddings(0);
  expect(mean.dims).toEqual([3, 5]);
  for (const [i, value] of Array.from(mean.data as Float32Array).entries()) expect(pooled[i]).toBeCloseTo(value, 6);
});
