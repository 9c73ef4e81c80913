// Each network takes torchvision's weights: names, shapes, the place of each value, and logits
// agree.
import '@tensorflow/tfjs-backend-wasm';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { testFirst } from '@softpool/testing/test-first';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { BACKBONE_NAMES, BACKBONES, type BackboneName } from '../backbones/catalogue.ts';
import { createBackbone } from '../backbones/create.ts';
import { loadWeights } from './load.ts';
import { openWeights } from './open-weights.ts';
import { type ByteSource, sizeOf } from './tensor-file.ts';
import { torchWeights } from './torchvision-names.ts';

interface Described {
  readonly tensors: number;
  /** Digest of names and shapes. */
  readonly sha256: string;
  /** [channels, …spatial]. */
  readonly input: readonly number[];
  /** Largest magnitude of the logits. */
  readonly largest: number;
  /** The first logits. */
  readonly logits: readonly number[];
}

/**
 * torchvision's networks and logits for the same generated weights:
 * fixtures/torchvision-networks.py.
 */
const TORCHVISION: Readonly<Record<string, Described>> = JSON.parse(
  readFileSync(new URL('fixtures/torchvision-networks.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('all networks of the fixture exist', () => {
  expect(BACKBONE_NAMES).toEqual(expect.arrayContaining(Object.keys(TORCHVISION)));
  expect(Object.keys(TORCHVISION)).toHaveLength(19);
});

/** One of each family, then the others. */
const NAMES = [...new Set<BackboneName>(['resnet18', 'densenet121', 'googlenet', 'r2plus1d_18', ...BACKBONE_NAMES])];

describe('weights of each network can be loaded', () => {
  testFirst(
    4,
    NAMES,
    9,
  )('%s', async (name) => {
    const known = TORCHVISION[name];
    const [channels, ...spatial] = known?.input ?? [];
    const inputShape = channels === undefined ? undefined : [...spatial, channels];
    const before = tf.memory().numTensors;
    const model = createBackbone(name, { pool: 'max', inputShape, auxiliary: BACKBONES[name].hasAuxiliary, initialization: 'zeros' });
    try {
      const tensors = Array.from(torchWeights(model).values(), ({ name, shape }) => ({ name, shape }));
      const file = await openWeights(virtualFile(tensors));
      const { loaded, left, ignored } = await loadWeights(model, file.tensors);
      expect({ loaded: loaded.length, left, ignored }).toEqual({ loaded: tensors.length, left: [], ignored: [] });
      expect(misplaced(model)).toEqual([]);
      if (known !== undefined) {
        expect(digest(tensors)).toEqual({ tensors: known.tensors, sha256: known.sha256 });
        // Sums have another order in up to 152 layers: at most 2.1e-6 was seen. Any wrong value
        // gives far more.
        const errors = logitsOf(model, known.input).map((logit, index) => Math.abs(logit - (known.logits[index] as number)));
        expect(Math.max(...errors) / known.largest).toBeLessThan(1e-5);
      }
    } finally {
      model.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

interface Shaped {
  readonly name: string;
  readonly shape: readonly number[];
}

function digest(tensors: readonly Shaped[]): { tensors: number; sha256: string } {
  const lines = tensors.map(({ name, shape }) => `${name} ${shape.join(',')}\n`).sort();
  return { tensors: lines.length, sha256: createHash('sha256').update(lines.join('')).digest('hex') };
}

/** The first eight logits for the generated input. */
function logitsOf(model: LayersModel, [channels = 0, ...spatial]: readonly number[]): number[] {
  return tf.tidy(() => {
    const pixels = Float32Array.from({ length: channels * sizeOf(spatial) }, (_, place) => 4 * uniform(seedOf('input'), place) - 2);
    const channelsFirst = tf.tensor(pixels, [1, channels, sizeOf(spatial)]);
    const input = tf.reshape(tf.transpose(channelsFirst, [0, 2, 1]), [1, ...spatial, channels]);
    const output = model.predict(input);
    return Array.from((Array.isArray(output) ? (output[0] as tf.Tensor) : output).dataSync().slice(0, 8));
  });
}

function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt16LE();
}

/** A number from 0 to below 1: the upper 24 bits of a 32-bit product. */
function uniform(seed: number, place: number): number {
  return (Math.imul(place + seed, 0x9e3779b1) >>> 8) / 2 ** 24;
}

/** The value of a tensor element as a function of its index in PyTorch's order. */
function valuesOf({ name, shape }: Shaped): (place: number) => number {
  const seed = seedOf(name);
  if (shape.length > 1) {
    const scale = scaleOf(shape);
    return (place) => Math.fround((uniform(seed, place) - 0.5) * scale);
  }
  if (/\.(?:weight|running_var)$/.test(name)) return (place) => Math.fround(0.75 + uniform(seed, place) / 2);
  return (place) => Math.fround((uniform(seed, place) - 0.5) / 4);
}

/** All values of a tensor, in one loop, because kernels have up to 9 million. */
function filled(tensor: Shaped, length: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  const valueAt = valuesOf(tensor);
  if (tensor.shape.length === 1) return values.map((_, place) => valueAt(place));
  const seed = seedOf(tensor.name);
  const scale = scaleOf(tensor.shape);
  for (let place = 0; place < length; place++) values[place] = ((Math.imul(place + seed, 0x9e3779b1) >>> 8) / 2 ** 24 - 0.5) * scale;
  return values;
}

/** He's scheme, rounded to a power of two. */
function scaleOf(shape: readonly number[]): number {
  return 2 ** Math.floor(Math.log2(Math.sqrt(48 / sizeOf(shape.slice(1)))));
}

/** A safetensors file of up to 275 MB whose bytes are generated when read. */
function virtualFile(tensors: readonly Shaped[]): ByteSource {
  let end = 0;
  const places = tensors.map((tensor) => {
    const length = sizeOf(tensor.shape);
    end += 4 * length;
    return { ...tensor, length, start: end - 4 * length, end };
  });
  const header = Object.fromEntries(
    places.map(({ name, shape, start, end }) => [name, { dtype: 'F32', shape, data_offsets: [start, end] }]),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  const read = async (from: number, to: number): Promise<ArrayBuffer> => {
    if (from < head.length) return head.slice(from, to).buffer;
    const place = places.find(({ start, end }) => start === from - head.length && end === to - head.length);
    if (place === undefined) throw new Error(`no tensor is from ${from} to ${to}`);
    return filled(place, place.length).buffer;
  };
  return { size: head.length + end, slice: (from, to) => ({ arrayBuffer: () => read(from, to) }) };
}

/** Misplaced values among every 499th and the last value of each weight. */
function misplaced(model: LayersModel): string[] {
  return model.layers.flatMap((layer) =>
    layer.weights.flatMap((variable) => {
      const kind = variable.originalName.replace(/.*\//, '');
      const name = `${layer.name}.${(layer.weights.length === 4 ? NORMALIZATION : WEIGHTED)[kind]}`;
      const shape = variable.shape as number[];
      const [out, ins, ...rest] = shape.toReversed();
      const valueAt = valuesOf({ name, shape: shape.length === 1 ? shape : [out as number, ins as number, ...rest.toReversed()] });
      const values = variable.read().dataSync();
      const wrong: string[] = [];
      const check = (index: number): void => {
        const expected = valueAt(placeInPyTorch(shape, index));
        if (values[index] !== expected) wrong.push(`${name}: ${values[index]} at ${index}, not ${expected}`);
      };
      for (let index = 0; index < values.length; index += 499) check(index);
      check(values.length - 1);
      return wrong.slice(0, 3);
    }),
  );
}

const NORMALIZATION: Readonly<Record<string, string>> = {
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};
const WEIGHTED: Readonly<Record<string, string>> = { kernel: 'weight', bias: 'bias' };

/** PyTorch's index in [out, in, height, width] of `index` in [height, width, in, out]. */
function placeInPyTorch(shape: readonly number[], index: number): number {
  if (shape.length === 1) return index;
  const position: number[] = [];
  let rest = index;
  for (const length of shape.toReversed()) {
    position.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  // Out, in, height, width
  const axes = [shape.length - 1, shape.length - 2, ...shape.keys()].slice(0, shape.length);
  return axes.reduce((place, axis) => place * (shape[axis] as number) + (position[axis] as number), 0);
}
