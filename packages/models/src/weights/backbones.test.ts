// Each network takes weights in torchvision's naming: its names and shapes are torchvision's, and each value arrives at its place.
import '@tensorflow/tfjs-backend-cpu';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { BACKBONE_NAMES, BACKBONES, type BackboneName } from '../backbones/catalogue.ts';
import { createBackbone } from '../backbones/create.ts';
import { loadWeights } from './load.ts';
import { openWeights } from './open-weights.ts';
import type { ByteSource } from './tensor-file.ts';
import { torchWeights } from './torchvision-names.ts';

/** Names and shapes that torchvision's networks have (fixtures/torchvision-names.py). */
const TORCHVISION: Readonly<Record<string, { tensors: number; sha256: string }>> = JSON.parse(
  readFileSync(new URL('fixtures/torchvision-names.json', import.meta.url), 'utf8'),
);

/** Of which torchvision has none. */
const OURS = ['r3d_50', 'resnet20', 'small3d'];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the networks that are not torchvision’s are named', () => {
  expect([...BACKBONE_NAMES].sort()).toEqual([...Object.keys(TORCHVISION), ...OURS].sort());
});

describe('a file of weights of each network is loaded', () => {
  test.each(BACKBONE_NAMES)('%s', async (name) => {
    const model = network(name);
    const tensors = Array.from(torchWeights(model).values(), ({ name, shape }) => ({ name, shape }));
    if (!OURS.includes(name)) expect(digest(tensors)).toEqual(TORCHVISION[name]);
    const file = await openWeights(virtualFile(tensors));
    const { loaded, left, ignored } = await loadWeights(model, file.tensors);
    expect({ loaded: loaded.length, left, ignored }).toEqual({ loaded: tensors.length, left: [], ignored: [] });
    expect(misplaced(model)).toEqual([]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });
});

/** Its weights are zeros, and its pictures small: neither matters to names and shapes. */
function network(name: BackboneName): LayersModel {
  return createBackbone(name, { initialization: 'zeros', auxiliary: BACKBONES[name].hasAuxiliary });
}

interface Described {
  readonly name: string;
  readonly shape: readonly number[];
}

function digest(tensors: readonly Described[]): { tensors: number; sha256: string } {
  const lines = tensors.map(({ name, shape }) => `${name} ${shape.join(',')}\n`).sort();
  return { tensors: lines.length, sha256: createHash('sha256').update(lines.join('')).digest('hex') };
}

/** What stands at place `index` of a tensor in PyTorch's order; float32 holds it exactly. The seed is of the tensor's name. */
function valueAt(seed: number, index: number): number {
  return (seed + index) & 0xffffff;
}

function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt16LE();
}

/** A safetensors file whose bytes are made when they are read: it would have up to 275 MB. */
function virtualFile(tensors: readonly Described[]): ByteSource {
  let end = 0;
  const places = tensors.map(({ name, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    end += 4 * length;
    return { name, shape, length, start: end - 4 * length, end };
  });
  const header = Object.fromEntries(
    places.map(({ name, shape, start, end }) => [name, { dtype: 'F32', shape, data_offsets: [start, end] }]),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  const read = async (from: number, to: number): Promise<ArrayBuffer> => {
    if (to <= head.length) return head.slice(from, to).buffer;
    const place = places.find(({ start, end }) => start === from - head.length && end === to - head.length);
    if (place === undefined) return head.slice(from, to).buffer;
    const seed = seedOf(place.name);
    const values = new Float32Array(place.length);
    for (let index = 0; index < values.length; index++) values[index] = valueAt(seed, index);
    return values.buffer;
  };
  return { size: head.length + end, slice: (from, to) => ({ arrayBuffer: () => read(from, Math.min(to, head.length + end)) }) };
}

/** The values that are not where they belong, of every 499th and the last of each weight. */
function misplaced(model: LayersModel): string[] {
  return model.layers.flatMap((layer) =>
    layer.weights.flatMap((variable) => {
      const [, kind = ''] = /\/(\w+)$/.exec(variable.originalName) ?? [];
      const isNormalization = layer.weights.length === 4;
      const name = `${layer.name}.${(isNormalization ? NORMALIZATION : WEIGHTED)[kind]}`;
      const values = variable.read().dataSync();
      const seed = seedOf(name);
      const wrong: string[] = [];
      const check = (index: number): void => {
        const expected = valueAtPlace(seed, variable.shape as number[], index);
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

/** What belongs to place `index` of a weight in TensorFlow.js's order: [height, width, in, out] holds PyTorch's [out, in, height, width]. */
function valueAtPlace(seed: number, shape: readonly number[], index: number): number {
  if (shape.length === 1) return valueAt(seed, index);
  const position: number[] = [];
  let rest = index;
  for (const length of shape.toReversed()) {
    position.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  const axes = [shape.length - 1, shape.length - 2, ...shape.keys()].slice(0, shape.length); // out, in, height, width
  return valueAt(
    seed,
    axes.reduce((place, axis) => place * (shape[axis] as number) + (position[axis] as number), 0),
  );
}
