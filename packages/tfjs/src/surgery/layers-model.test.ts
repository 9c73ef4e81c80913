import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { globalSoftPooling2d, softPool2d, softPooling2d } from '../index.ts';
import { swapPooling } from './layers-model.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/**
 * A sequential model with this pooling, always with the same weights.
 */
function sequential(pooling: (name: string) => tfl.layers.Layer): tfl.Sequential {
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [12, 10, 2], filters: 3, kernelSize: 3, kernelInitializer: seeded(1) }),
      pooling('pool'),
      tfl.layers.batchNormalization({ betaInitializer: seeded(2), movingMeanInitializer: seeded(3) }),
      tfl.layers.globalAveragePooling2d({ name: 'head' }),
      tfl.layers.dense({ units: 4, kernelInitializer: seeded(4) }),
    ],
  });
}

describe('a swapped model equals one built with soft pooling:', () => {
  test('sequential', () => {
    const model = sequential((name) => tfl.layers.maxPooling2d({ name }));
    const byHand = sequential((name) => softPooling2d({ name, beta: 2, weights: 'shared', gradient: 'exact' }));
    const replaced = swapPooling(model, { beta: 2, weights: 'shared', gradient: 'exact' });
    expect(replaced.model).toBeInstanceOf(tfl.Sequential);
    expect(replaced.model.layers.map((layer) => layer.getConfig())).toEqual(
      byHand.layers.map((layer, i) => ({ ...layer.getConfig(), name: model.layers[i]!.name })),
    );
    expect(outputs(replaced.model)).toEqual(outputs(byHand));
    expect(outputs(replaced.model)).not.toEqual(outputs(model));
    expect(replaced.report).toEqual([
      {
        index: 0,
        name: 'pool',
        path: 'pool',
        type: 'MaxPooling2D',
        action: 'replaced',
        before: 'max 2×2/2',
        after: 'soft 2×2/2, β 2, shared weights, exact gradient',
        reason: 'same window',
        outputShape: [null, 5, 4, 3],
      },
      {
        index: 1,
        name: 'head',
        path: 'head',
        type: 'GlobalAveragePooling2D',
        action: 'kept',
        before: 'global average',
        after: 'global average',
        reason: 'not selected by `from`',
        outputShape: [null, 3],
      },
    ]);
  });

  test('functional, with branches, two inputs, two outputs and a layer that two of them share', () => {
    const build = (pooling: (name: string) => tfl.layers.Layer): tfl.LayersModel => {
      const [left, right] = [tfl.input({ shape: [8, 8, 2] }), tfl.input({ shape: [8, 8, 2] })];
      const [shared, own] = [pooling('shared'), pooling('own')];
      const convolve = tfl.layers.conv2d({ filters: 2, kernelSize: 1, kernelInitializer: seeded(1) });
      const a = shared.apply(convolve.apply(left)) as tfl.SymbolicTensor;
      const b = shared.apply(convolve.apply(right)) as tfl.SymbolicTensor;
      const sum = tfl.layers.add().apply([a, b]) as tfl.SymbolicTensor;
      return tfl.model({ inputs: [left, right], outputs: [sum, own.apply(a) as tfl.SymbolicTensor] });
    };
    const model = build((name) => tfl.layers.maxPooling2d({ name }));
    const replaced = swapPooling(model);
    expect(outputs(replaced.model)).toEqual(outputs(build((name) => softPooling2d({ name }))));
    expect(replaced.report.map(({ path, after, outputShape }) => [path, after, outputShape])).toEqual([
      ['shared', 'soft 2×2/2', [null, 4, 4, 2]],
      ['own', 'soft 2×2/2', [null, 2, 2, 2]],
    ]);
    expect(replaced.model.layers.filter((layer) => layer.name === 'shared')).toHaveLength(1);
  });

  test('nested, with a wrapper in it, called twice', () => {
    const build = (pooling: (name: string) => tfl.layers.Layer): tfl.LayersModel => {
      const image = tfl.input({ shape: [8, 8, 1] });
      const convolve = tfl.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', kernelInitializer: seeded(1) });
      const block = tfl.model({
        name: 'block',
        inputs: image,
        outputs: pooling('pool').apply(convolve.apply(image)) as tfl.SymbolicTensor,
      });
      const frames = tfl.input({ shape: [3, 16, 16, 1] });
      const small = tfl.layers.timeDistributed({ layer: pooling('pool'), name: 'frames' }).apply(frames);
      const each = tfl.layers.timeDistributed({ layer: block, name: 'blocks' }).apply(small) as tfl.SymbolicTensor;
      return tfl.model({ inputs: frames, outputs: each });
    };
    const replaced = swapPooling(build((name) => tfl.layers.maxPooling2d({ name })));
    expect(outputs(replaced.model)).toEqual(outputs(build((name) => softPooling2d({ name }))));
    expect(replaced.report.map(({ path, action }) => [path, action])).toEqual([
      ['frames/pool', 'replaced'],
      ['blocks/block/pool', 'replaced'],
    ]);
  });

  test('1-D, 3-D and global pooling, with channels first', () => {
    const signal = swapPooling(tfl.sequential({ layers: [tfl.layers.maxPooling1d({ inputShape: [9, 2], poolSize: 3, strides: 1 })] }));
    expect(signal.report[0]).toMatchObject({ after: 'soft 3/1', outputShape: [null, 7, 2] });
    const volume = swapPooling(
      tfl.sequential({
        layers: [tfl.layers.maxPooling3d({ inputShape: [4, 8, 8, 1], poolSize: [1, 3, 3], strides: [1, 2, 2], padding: 'same' })],
      }),
    );
    expect(volume.report[0]).toMatchObject({
      before: 'max 1×3×3/1×2×2 same',
      after: 'soft 1×2×2/1×2×2 same',
      outputShape: [null, 4, 4, 4, 1],
    });
    const layers = [tfl.layers.globalMaxPooling2d({ inputShape: [3, 4, 4], dataFormat: 'channelsFirst' })];
    const { model } = swapPooling(tfl.sequential({ layers }), { from: 'globalMax', beta: 3 });
    expect(model.outputs[0]!.shape).toEqual([null, 3]);
    expect(outputs(model)).toEqual(
      outputs(tfl.sequential({ layers: [globalSoftPooling2d({ inputShape: [3, 4, 4], dataFormat: 'channelsFirst', beta: 3 })] })),
    );
  });
});

describe('the weights', () => {
  test('stay equal bit for bit, also frozen or constrained ones, and survive training and disposal of either model', async () => {
    const inner = tfl.sequential({
      name: 'inner',
      layers: [
        tfl.layers.conv2d({
          inputShape: [4, 4, 2],
          filters: 2,
          kernelSize: 1,
          kernelConstraint: tfl.constraints.maxNorm({ maxValue: 0.1 }),
        }),
        tfl.layers.batchNormalization(),
      ],
    });
    const model = tfl.sequential({ layers: [inner, tfl.layers.maxPooling2d({}), tfl.layers.flatten(), tfl.layers.dense({ units: 1 })] });
    inner.trainable = false;
    model.layers[3]!.weights[1]!.write(tf.tensor1d([-0]));
    const before = bits(model);
    const { model: copy } = swapPooling(model);
    expect(bits(copy)).toEqual(before);
    expect(copy.trainableWeights).toHaveLength(2);
    copy.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await copy.trainOnBatch(tf.ones([2, 4, 4, 2]), tf.ones([2, 1]));
    expect(bits(copy)).not.toEqual(before);
    expect(bits(model)).toEqual(before);
    model.dispose();
    expect(outputs(copy)[0]).toHaveLength(2);
  });

  test('share memory until one model is trained', () => {
    const model = sequential((name) => tfl.layers.maxPooling2d({ name }));
    const { numDataBuffers } = tf.memory();
    const { model: copy } = swapPooling(model);
    expect(tf.memory()).toMatchObject({ numDataBuffers });
    copy.dispose();
    expect(outputs(model)[0]).toHaveLength(8);
  });
});

test('the original does not change', () => {
  const model = sequential((name) => tfl.layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'same' }));
  const before = [model.toJSON(), outputs(model), bits(model)];
  swapPooling(model);
  expect([model.toJSON(), outputs(model), bits(model)]).toEqual(before);
});

describe('the options select', () => {
  const model = (): tfl.Sequential =>
    tfl.sequential({
      layers: [
        tfl.layers.maxPooling2d({ name: 'first', inputShape: [16, 16, 1] }),
        tfl.layers.averagePooling2d({ name: 'second' }),
        tfl.sequential({ name: 'block', layers: [tfl.layers.maxPooling2d({ name: 'third', inputShape: [4, 4, 1] })] }),
        tfl.layers.globalMaxPooling2d({ name: 'head' }),
      ],
    });
  const replacedBy = (options: Parameters<typeof swapPooling>[1]): string[] =>
    swapPooling(model(), options).report.flatMap(({ path, action }) => (action === 'replaced' ? [path] : []));

  test('kinds of pooling', () => {
    expect(replacedBy({})).toEqual(['first', 'block/third']);
    expect(replacedBy({ from: 'average' })).toEqual(['second']);
    expect(replacedBy({ from: ['max', 'average', 'globalMax'] })).toEqual(['first', 'second', 'block/third', 'head']);
  });

  test('names and paths, or poolings for which a function returns true', () => {
    expect(replacedBy({ where: ['third'] })).toEqual(['block/third']);
    expect(replacedBy({ where: ['block/third', 'second'] })).toEqual(['block/third']);
    expect(replacedBy({ where: ({ outputShape }) => (outputShape?.[1] as number) > 4 })).toEqual(['first']);
    const { report } = swapPooling(model(), { where: ['third', 'second'] });
    expect(report.map(({ reason }) => reason)).toEqual([
      'not selected by `where`',
      'not selected by `from`',
      'same window',
      'not selected by `from`',
    ]);
  });

  test('nothing in a model without pooling, which is copied', () => {
    const dense = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });
    const { model, report } = swapPooling(dense);
    expect(report).toEqual([]);
    expect(model).not.toBe(dense);
    expect(bits(model)).toEqual(bits(dense));
  });

  test('soft pooling too, which becomes max pooling again unless its β is trained', () => {
    const original = sequential((name) => tfl.layers.maxPooling2d({ name }));
    const soft = swapPooling(original, { beta: 5 }).model;
    const back = swapPooling(soft, { from: 'soft', to: 'max' });
    expect(back.model.toJSON()).toEqual(original.toJSON());
    expect(outputs(back.model)).toEqual(outputs(original));
    expect(back.report[0]).toMatchObject({ before: 'soft 2×2/2, β 5', after: 'max 2×2/2' });
    const trained = sequential((name) => softPooling2d({ name, trainableBeta: true }));
    expect(swapPooling(trained, { from: 'soft', to: 'average' }).report[0]).toMatchObject({
      action: 'refused',
      reason: 'its trained β would be lost',
    });
  });
});

describe("the paper's window", () => {
  const pooled = (size: number | null, padding: 'same' | 'valid', zeros?: tfl.layers.Layer, options = {}) => {
    const image = tfl.input({ shape: [size, size, 1] });
    const pool = tfl.layers.maxPooling2d({ name: 'pool', poolSize: 3, strides: 2, padding });
    const output = pool.apply(zeros === undefined ? image : (zeros.apply(image) as tfl.SymbolicTensor)) as tfl.SymbolicTensor;
    const before = tfl.model({ inputs: image, outputs: output });
    return { before, ...swapPooling(before, options) };
  };
  const zeros = (padding: number | [[number, number], [number, number]]): tfl.layers.Layer =>
    tfl.layers.zeroPadding2d({ name: 'zeros', padding: padding as never });

  test('replaces 3×3/2 wherever outputs keep their size for every input size, as in ResNets', () => {
    for (let size = 1; size <= 12; size++) {
      for (const [made, to] of [
        [pooled(size, 'same'), 'soft 2×2/2 same'],
        [pooled(size, 'valid', zeros(1)), 'soft 2×2/2 same'],
        ...(size < 2
          ? []
          : [
              [
                pooled(
                  size,
                  'valid',
                  zeros([
                    [0, 1],
                    [1, 0],
                  ]),
                ),
                'soft 2×2/2',
              ] as const,
            ]),
      ] as const) {
        expect(made.report.at(-1)).toMatchObject({ path: 'pool', action: 'replaced', after: to });
        expect(made.model.outputs[0]!.shape).toEqual(made.before.outputs[0]!.shape);
        const x = tf.randomUniform<tf.Rank.R4>([1, size, size, 1], -1, 1, 'float32', size);
        const byHand = softPool2d(x, 2, 2, to.endsWith('same') ? 'same' : 'valid');
        expect((made.model.predict(x) as tf.Tensor).arraySync()).toEqual(byHand.arraySync());
      }
    }
  });

  test('removes the zeros of a padding layer, which would count', () => {
    const { report, model } = pooled(null, 'valid', zeros(1));
    expect(report.map(({ path, before, after, reason }) => [path, before, after, reason])).toEqual([
      ['zeros', 'zeros 1+1 × 1+1', 'no zeros', 'soft pooling would count them'],
      ['pool', 'max 3×3/2', 'soft 2×2/2 same', '2×2/2 as in the paper without the zeros of zeros: same output size'],
    ]);
    expect(model.getLayer('zeros').getConfig()).toMatchObject({
      padding: [
        [0, 0],
        [0, 0],
      ],
    });
    expect(pooled(8, 'valid', zeros(1)).report[0]).toMatchObject({ outputShape: [null, 8, 8, 1] });
    const layers = [tfl.layers.zeroPadding2d({ inputShape: [8, 8, 1] }), tfl.layers.maxPooling2d({ poolSize: 3, strides: 2 })];
    expect(swapPooling(tfl.sequential({ layers })).report.map(({ action }) => action)).toEqual(['replaced', 'replaced']);
  });

  test('is not used where a size would change or another layer needs the zeros', () => {
    const kept = 'same window: 2×2/2 would change output sizes';
    expect(pooled(9, 'valid').report).toMatchObject([{ after: 'soft 3×3/2', reason: kept }]);
    expect(pooled(9, 'valid', zeros(2)).report).toMatchObject([{ reason: `${kept}; the zeros of zeros count in it` }]);
    const image = tfl.input({ shape: [8, 8, 1] });
    const padded = zeros(1).apply(image) as tfl.SymbolicTensor;
    const pool = tfl.layers.maxPooling2d({ poolSize: 3, strides: 2 });
    for (const outputs of [
      [pool.apply(padded) as tfl.SymbolicTensor, padded],
      [pool.apply(padded) as tfl.SymbolicTensor, tfl.layers.conv2d({ filters: 1, kernelSize: 3 }).apply(padded) as tfl.SymbolicTensor],
    ]) {
      const { report } = swapPooling(tfl.model({ inputs: image, outputs }));
      expect(report).toMatchObject([{ reason: `${kept}; the zeros of zeros count in it`, outputShape: [null, 4, 4, 1] }]);
    }
  });

  test('is only for max pooling that becomes soft, and can be turned off', () => {
    expect(pooled(8, 'same', undefined, { window: 'same' }).report).toMatchObject([{ after: 'soft 3×3/2 same', reason: 'same window' }]);
    expect(pooled(8, 'same', undefined, { to: 'average' }).report).toMatchObject([{ after: 'average 3×3/2 same' }]);
    const layers = [tfl.layers.averagePooling2d({ inputShape: [8, 8, 1], poolSize: 3, strides: 2, padding: 'same' })];
    expect(swapPooling(tfl.sequential({ layers }), { from: 'average' }).report).toMatchObject([{ after: 'soft 3×3/2 same' }]);
  });
});

describe('custom layers', () => {
  class Doubling extends tfl.layers.Layer {
    static readonly className = 'Doubling';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor, 2);
    }
  }
  const model = (): tfl.Sequential =>
    tfl.sequential({ name: 'doubled', layers: [tfl.layers.maxPooling2d({ inputShape: [4, 4, 1] }), new Doubling({})] });

  test('must be registered, and the error says so', () => {
    expect(() => swapPooling(model())).toThrow(
      /^swapPooling: cannot rebuild 'doubled'; register your own classes with tf\.serialization\.registerClass \(Unknown layer: Doubling/,
    );
    tf.serialization.registerClass(Doubling);
    expect(outputs(swapPooling(model()).model)[0]).toHaveLength(8);
  });

  test('must have plain data as their configuration', () => {
    const broken = model();
    broken.layers[1]!.getConfig = () => ({ name: 'x', activation: (() => 0) as never });
    expect(() => swapPooling(broken)).toThrow(
      /^swapPooling: cannot copy the configuration of 'doubled'; getConfig\(\) of a layer must return plain data/,
    );
  });
});

test('what is not a layers model is an error that says what to call', () => {
  for (const model of [null, {}]) {
    expect(() => swapPooling(model as never)).toThrow('swapPooling: model must be a layers model of TensorFlow.js, received');
  }
});

test('invalid options throw errors that name them', () => {
  const model = sequential((name) => tfl.layers.maxPooling2d({ name }));
  const error = (options: object): string => {
    try {
      swapPooling(model, options);
    } catch (thrown) {
      return String(thrown);
    }
    return 'none';
  };
  expect(error({ from: 'maximum' })).toBe(
    "TypeError: swapPooling: options.from must be 'max' or 'average' or 'soft' or 'globalMax' or 'globalAverage' or 'globalSoft', received 'maximum'",
  );
  expect(error({ from: [] })).toBe('TypeError: swapPooling: options.from must be a kind of pooling, or a list of them, received []');
  expect(error({ from: ['max', 'soft'] })).toBe(
    "RangeError: swapPooling: options.from must be a kind other than options.to, which is 'soft', received 'soft'",
  );
  expect(error({ to: 'l2' })).toBe("TypeError: swapPooling: options.to must be 'soft' or 'max' or 'average', received 'l2'");
  expect(error({ window: 2 })).toBe("TypeError: swapPooling: options.window must be 'paper' or 'same', received 2");
  expect(error({ where: 'pool' })).toBe(
    "TypeError: swapPooling: options.where must be a list of names, paths or indices of poolings, or a function, received 'pool'",
  );
  expect(error({ where: ['pool', 'poll'] })).toBe(
    "RangeError: swapPooling: options.where[1] must be the name, path or index of a pooling, received 'poll'; the model has pool, head",
  );
  expect(error({ beta: Number.NaN })).toBe('RangeError: swapPooling: options.beta must be a finite number ≥ 0, received NaN');
  expect(error({ from: 'average', to: 'max', beta: 1 })).toBe(
    "RangeError: swapPooling: options.beta must be left out when options.to is 'max', received 1; only soft pooling has it",
  );
  expect(error({ form: 'max' })).toBe(
    'TypeError: swapPooling: options.form is not an option of this call; it takes from, to, where, window, beta, weights, gradient',
  );
});

function seeded(seed: number) {
  return tfl.initializers.randomUniform({ minval: -1, maxval: 1, seed });
}

/** The outputs of a model for inputs that depend on its inputs' shapes alone. */
function outputs(model: tfl.LayersModel): number[][] {
  const inputs = model.inputs.map(({ shape }, i) => tf.randomUniform([2, ...(shape.slice(1) as number[])], -1, 1, 'float32', i + 1));
  const made = model.predict(inputs.length === 1 ? inputs[0]! : inputs);
  return (Array.isArray(made) ? made : [made]).map((y) => Array.from(y.dataSync()));
}

/**
 * The bits of all weights, by their layers: the order of a model's own list depends on what is
 * frozen.
 */
function bits(model: tfl.LayersModel): number[][] {
  return model.layers.flatMap((layer) =>
    layer instanceof tfl.LayersModel
      ? bits(layer)
      : layer.getWeights().map((weight) => Array.from(new Uint32Array(Float32Array.from(weight.dataSync()).buffer))),
  );
}
