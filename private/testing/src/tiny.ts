/** A tiny network and data set, trained in a moment: noisy stripes in three directions. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomOf } from '@softpool/models';
import { softPooling2d } from '@softpool/tfjs';
import { CorruptSampleError, type DataSet, type Transform } from '@softpool/training/node';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll } from 'vitest';

const SIZE = 6;

/** Images [6, 6, 1] of three classes. Those at the indices of `corrupt` cannot be read. */
export function stripes(samples: number, seed = 1, corrupt: readonly number[] = []): DataSet {
  const labels = Uint16Array.from({ length: samples }, (_, i) => (i * 7 + seed) % 3);
  return {
    name: `stripes ${seed}`,
    classes: ['rows', 'columns', 'diagonals'],
    labels,
    describe: (index) => `stripes/${index}`,
    async read(index) {
      if (corrupt.includes(index)) throw new CorruptSampleError(`stripes/${index} is torn`);
      const random = randomOf(seed, index);
      const position = [(y: number) => y, (_: number, x: number) => x, (y: number, x: number) => x + y][labels[index] as number];
      const data = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
        const isBright = (position?.(Math.floor(i / SIZE), i % SIZE) ?? 0) % 3 === 0;
        return (isBright ? 150 : 30) + random.integer(80);
      });
      return { data, shape: [SIZE, SIZE, 1] };
    },
  };
}

/** Values from −1 to 1. For training, the brightness of images is random. */
export function stripesTransform(isTraining = false): Transform {
  return {
    inputShape: [SIZE, SIZE, 1],
    async apply({ data }, random) {
      const more = isTraining ? 40 * random.uniform() - 20 : 0;
      return Float32Array.from(data, (value) => (value - 128 + more) / 128);
    },
  };
}

/** A convolution, batch normalization, soft pooling, dropout. */
export function tinyModel(seed = 3): tfl.LayersModel {
  const initializer = (more: number) => tfl.initializers.heNormal({ seed: seed + more });
  const layers = [
    tfl.layers.conv2d({
      name: 'conv1',
      inputShape: [SIZE, SIZE, 1],
      filters: 6,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      kernelInitializer: initializer(0),
    }),
    tfl.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
    tfl.layers.reLU({ name: 'relu' }),
    softPooling2d({ name: 'pool', poolSize: 2 }),
    tfl.layers.flatten({ name: 'flat' }),
    tfl.layers.dropout({ name: 'dropout', rate: 0.2 }),
    tfl.layers.dense({ name: 'fc', units: 3, kernelInitializer: initializer(1) }),
  ];
  return tfl.sequential({ layers });
}

/** The options of a training on stripes. */
export function tinyTraining() {
  return {
    trainingData: { dataSet: stripes(40), transform: stripesTransform(true) },
    validationData: { dataSet: stripes(20, 2), transform: stripesTransform() },
    epochs: 3,
    batchSize: 16,
    learningRate: 0.05,
    seed: 5,
  };
}

const temporaries = new Set<string>();
afterAll(() => Promise.all(Array.from(temporaries, (folder) => rm(folder, { recursive: true, force: true }))));

/** A folder that is removed after the tests. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-models-'));
  temporaries.add(folder);
  return folder;
}
