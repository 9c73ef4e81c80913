import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { deregisterOp, type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inspectPoolingInGraph, registerGraphOps, swapPoolingInGraph } from '../graph.ts';
import { inspectPooling, softPool2d, softPool3d } from '../index.ts';
import { openWasm } from '../testing/wasm.ts';
import { swapPoolingInTopology } from './topology.ts';

beforeAll(openWasm);

/** Networks in use, by @vladmandic. */
const MODELS = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')), '../models');

describe('a network in use', () => {
  const artifacts = artifactsOf('emotion'); // of an expression on a face; two poolings of 3×3/2
  let face: tf.Tensor;
  beforeAll(() => {
    face = tf.randomUniform([1, 64, 64, 1], 0, 1, 'float32', 7);
  });

  test('is swapped, saved and loaded with the same weights and outputs', async () => {
    const model = await load(artifacts);
    const original = output(model, face);
    const { model: soft, report } = await swapPoolingInGraph(model, { beta: 1.5 });
    expect(report.map(({ path, action, before, after }) => [path.split('/').at(-2), action, before, after])).toEqual([
      ['max_pooling2d_1', 'replaced', 'max 3×3/2 same', 'soft 2×2/2 same, β 1.5'],
      ['max_pooling2d_2', 'replaced', 'max 3×3/2 same', 'soft 2×2/2 same, β 1.5'],
    ]);
    const softened = output(soft, face);
    expect(softened).toHaveLength(original.length);
    expect(softened).not.toEqual(original);
    expect(output(model, face)).toEqual(original);

    const again = await saved(soft);
    expect(Buffer.compare(bytes(again), bytes(artifacts))).toBe(0);
    model.dispose();
    expect(output(await load(again), face)).toEqual(softened);
    const { modelJson } = await swapPoolingInTopology(artifacts, { beta: 1.5 });
    expect(output(await load(modelJson), face)).toEqual(softened);
  });

  test('is listed in memory like its model.json, before and after surgery', async () => {
    const model = await load(artifacts);
    const poolings = await inspectPoolingInGraph(model);
    expect(poolings.map(({ path, kind, window }) => [path.split('/').at(-2), kind, window?.kernelSize])).toEqual([
      ['max_pooling2d_1', 'max', [3, 3]],
      ['max_pooling2d_2', 'max', [3, 3]],
    ]);
    expect(poolings).toEqual(await inspectPooling(artifacts as object));
    const { model: soft } = await swapPoolingInGraph(model);
    expect((await inspectPoolingInGraph(soft)).map(({ kind, window }) => [kind, window?.kernelSize])).toEqual([
      ['soft', [2, 2]],
      ['soft', [2, 2]],
    ]);
  });

  test('pools each node as the op does', async () => {
    const { model } = await swapPoolingInGraph(await load(artifacts), { window: 'same', weights: 'shared', beta: 2 });
    const pool = (artifacts.modelTopology as Graph).node.find(({ op }) => op === 'MaxPool')!;
    const [x, y] = model.execute(face, [pool.input[0]!, pool.name]) as tf.Tensor4D[];
    expect(y!.arraySync()).toEqual(softPool2d(x!, 3, 2, 'same', { weights: 'shared', beta: 2 }).arraySync());
  });

  test('is equal to the original after swapping back, if windows were kept', async () => {
    const model = await load(artifacts);
    const { model: soft } = await swapPoolingInGraph(model, { window: 'same', gradient: 'exact' });
    const { model: back, report } = await swapPoolingInGraph(soft, { from: 'soft', to: 'max' });
    expect(report).toMatchObject([{ before: 'soft 3×3/2 same, exact gradient', after: 'max 3×3/2 same' }, { type: 'SoftPool' }]);
    expect(output(back, face)).toEqual(output(model, face));
    expect((await saved(back)).modelTopology).toEqual((await saved(model)).modelTopology);
  });
});

test('a model of another kind is an error that names the call for it', async () => {
  await expect(inspectPoolingInGraph({} as never)).rejects.toThrow(
    'inspectPoolingInGraph: model must be a graph model of TensorFlow.js, received Object: for a layers model call inspectPooling',
  );
  await expect(swapPoolingInGraph(null as never)).rejects.toThrow(/received null: for a layers model call swapPooling$/);
});

test('poolings that are not selected stay', async () => {
  const model = await load(artifactsOf('liveness'));
  const { report } = await swapPoolingInGraph(model, { where: ({ path }) => path.includes('max_pooling2d_1') });
  expect(report.map(({ action, after, reason }) => [action, after, reason])).toEqual([
    ['replaced', 'soft 2×2/2', 'same window'],
    ['kept', 'max 2×2/2', 'not selected by `where`'],
  ]);
  await expect(swapPoolingInGraph(model, { where: ['pool'] })).rejects.toThrow(
    /^swapPoolingInGraph: options\.where\[0\] must be the name, path or index of a pooling, received 'pool'; the model has Stateful/,
  );
});

test('without the registered op TensorFlow.js says what is missing', async () => {
  const { modelJson } = await swapPoolingInTopology(artifactsOf('emotion'));
  deregisterOp('SoftPool');
  const model = await load(modelJson);
  expect(() => model.predict(tf.zeros([1, 64, 64, 1]))).toThrow("Unknown op 'SoftPool'");
});

describe('a graph', () => {
  beforeEach(registerGraphOps);

  const graph = (op: string, attr: object): tf.io.ModelArtifacts => ({
    format: 'graph-model',
    modelTopology: {
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } },
        { name: 'pool', op, input: ['x'], attr: { T: { type: 'DT_FLOAT' }, ...attr } },
      ],
      versions: { producer: 1 },
    },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
  });
  const integers = (...values: number[]) => ({ list: { i: values.map(String) } });
  const word = (text: string) => ({ s: btoa(text) });
  const soften = async (artifacts: tf.io.ModelArtifacts, x: tf.Tensor, options = {}) => {
    const { modelJson, report } = await swapPoolingInTopology(artifacts, options);
    const model = await load(modelJson);
    return { report, y: (model.predict(x) as tf.Tensor).arraySync() };
  };

  test('with 3-D pooling', async () => {
    const x = tf.randomUniform<tf.Rank.R5>([1, 4, 6, 6, 2], -1, 1, 'float32', 1);
    const attr = { ksize: integers(1, 1, 3, 3, 1), strides: integers(1, 1, 2, 2, 1), padding: word('SAME') };
    const { report, y } = await soften(graph('MaxPool3D', { ...attr, data_format: word('NDHWC') }), x);
    expect(report).toMatchObject([{ before: 'max 1×3×3/1×2×2 same', after: 'soft 1×2×2/1×2×2 same' }]);
    expect(y).toEqual(softPool3d(x, [1, 2, 2], [1, 2, 2], 'same').arraySync());
    const average = await soften(graph('AvgPool3D', attr), x, { from: ['max', 'average'], gradient: 'exact' });
    expect(average.y).toEqual(softPool3d(x, [1, 3, 3], [1, 2, 2], 'same').arraySync());
  });

  test('with explicit padding and channels first', async () => {
    const x = tf.randomUniform<tf.Rank.R4>([1, 2, 5, 6], -1, 1, 'float32', 2);
    const attr = {
      ksize: integers(1, 1, 2, 3),
      strides: integers(1, 1, 2, 2),
      padding: word('EXPLICIT'),
      explicit_paddings: integers(0, 0, 0, 0, 1, 0, 0, 1),
      data_format: word('NCHW'),
      _output_shapes: { list: { shape: [{ dim: [{ size: '-1' }, { size: '2' }, { size: '3' }, { size: '3' }] }] } },
    };
    const { report, y } = await soften(graph('MaxPool', attr), x);
    expect(report).toMatchObject([{ after: 'soft 2×3/2 pad 1+0 × 0+1', outputShape: [null, 2, 3, 3] }]);
    const pad = [[0, 0], [0, 0], [1, 0], [0, 1]] as const; // biome-ignore format: short
    expect(y).toEqual(softPool2d(x, [2, 3], 2, pad, { dataFormat: 'NCHW' }).arraySync());
  });

  test('gets the paper’s window where explicit padding keeps every output size', async () => {
    for (const [explicit, padding] of [
      [[1, 1], 'same'],
      [[0, 1], 'valid'],
    ] as const) {
      const attr = {
        ksize: integers(1, 3, 3, 1),
        strides: integers(1, 2, 2, 1),
        padding: word('EXPLICIT'),
        explicit_paddings: integers(0, 0, ...explicit, ...explicit, 0, 0),
      };
      for (let size = 2; size < 8; size++) {
        const x = tf.randomUniform<tf.Rank.R4>([1, size, size, 1], -1, 1, 'float32', size);
        const { report, y } = await soften(graph('MaxPool', attr), x);
        expect(report[0]?.after).toBe(padding === 'same' ? 'soft 2×2/2 same' : 'soft 2×2/2');
        expect(y).toEqual(softPool2d(x, 2, 2, padding).arraySync());
        const pad = [[0, 0], explicit, explicit, [0, 0]] as [number, number][];
        expect((y as number[][][][])[0]).toHaveLength(tf.pool(tf.pad(x, pad), 3, 'max', 'valid', 1, 2).shape[1]!);
      }
    }
  });

  test('has the gradient that was asked for', async () => {
    const x = tf.randomUniform<tf.Rank.R4>([1, 4, 4, 2], -1, 1, 'float32', 3);
    const attr = { ksize: integers(1, 2, 2, 1), strides: integers(1, 2, 2, 1), padding: word('VALID') };
    for (const gradient of ['weights', 'exact'] as const) {
      const { modelJson } = await swapPoolingInTopology(graph('MaxPool', attr), { gradient });
      const model = await load(modelJson);
      const slope = tf.grad((input) => model.predict(input) as tf.Tensor)(x);
      expect(slope.arraySync()).toEqual(
        tf
          .grad((input) => softPool2d(input, 2, 2, 'valid', { gradient }))(x)
          .arraySync(),
      );
    }
  });

  test('refuses poolings that SoftPool cannot compute', async () => {
    const attr = { ksize: integers(1, 2, 2, 1), strides: integers(1, 2, 2, 1), padding: word('VALID') };
    for (const [op, more, reason] of [
      ['MaxPoolWithArgmax', {}, 'it also outputs the positions of its maxima'],
      ['MaxPool', { T: { type: 'DT_INT32' } }, 'its elements are DT_INT32, not floats'],
      ['MaxPool', { ksize: integers(1, 1, 1, 2) }, 'it pools over batch or channels'],
    ] as const) {
      const { modelJson, report } = await swapPoolingInTopology(graph(op, { ...attr, ...more }));
      expect(report).toMatchObject([{ action: 'refused', reason }]);
      expect(modelJson).toEqual(graph(op, { ...attr, ...more }));
    }
  });

  describe('with average pooling of', () => {
    const pool = (name: string, input: string) => ({
      name,
      op: 'AvgPool',
      input: [input],
      attr: {
        T: { type: 'DT_FLOAT' },
        ksize: integers(1, 2, 2, 1),
        strides: integers(1, 2, 2, 1),
        padding: word('VALID'),
      },
    });
    const op = (name: string, op: string, ...input: string[]) => ({ name, op, input, attr: { T: { type: 'DT_FLOAT' } } });
    const graphOf = (...nodes: object[]): tf.io.ModelArtifacts => {
      const artifacts = graph('Identity', {});
      (artifacts.modelTopology as { node: object[] }).node.splice(1, 1, ...nodes);
      return artifacts;
    };
    /** Soft pooling as ops, whose names have this end where they are read. */
    const soft = (end: string) => [
      op('e', 'Exp', `x${end}`),
      op('xe', 'Mul', `x${end}`, `e${end}`, '^x'),
      pool('above', `xe${end}`),
      pool('below', `e${end}`),
      op('y', 'RealDiv', `above${end}`, `below${end}`),
    ];
    const from = ['average', 'max'] as const;
    const reason = 'it averages exponentials, as soft pooling written as operators does';

    test('exponentials, both stay', async () => {
      const artifacts = graphOf(...soft(':0'));
      const x = tf.randomUniform<tf.Rank.R4>([1, 4, 4, 2], -1, 1, 'float32', 5);
      const { report, y } = await soften(artifacts, x, { from });
      expect(report.map(({ path, action, reason }) => [path, action, reason])).toEqual([
        ['above', 'refused', reason],
        ['below', 'refused', reason],
      ]);
      const expected = softPool2d(x, 2, 2, 'valid').dataSync();
      tf.tensor(y)
        .dataSync()
        .forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 5);
        });
    });

    test('exponentials in a function, they stay', async () => {
      const artifacts = graphOf();
      (artifacts.modelTopology as { library?: object }).library = { function: [{ signature: { name: 'then' }, nodeDef: soft(':y:0') }] };
      const { report } = await swapPoolingInTopology(artifacts, { from });
      expect(report).toMatchObject([
        { path: 'then/above', action: 'refused', reason },
        { path: 'then/below', action: 'refused', reason },
      ]);
    });

    test.each([
      ['weights that channels share', [op('e', 'Exp', 'x'), op('s', 'Sum', 'e', 'axes'), pool('y', 's')], reason],
      ['powers of a constant', [op('c', 'Const'), op('e', 'Pow', 'c', 'x'), pool('y', 'e')], reason],
      ['powers of x', [op('c', 'Const'), op('e', 'Pow', 'x', 'c'), pool('y', 'e')], undefined],
      ['x times a sigmoid', [op('s', 'Sigmoid', 'x'), op('xs', 'Mul', 'x', 's'), pool('y', 'xs')], undefined],
      ['an exponential after a ReLU', [op('e', 'Exp', 'x'), op('r', 'Relu', 'e'), pool('y', 'r')], undefined],
    ])('%s: obstacle', async (_, nodes, obstacle) => {
      expect(await inspectPooling(graphOf(...nodes) as object)).toMatchObject([{ obstacle }]);
    });
  });

  test('is swapped in the functions of its control flow too', async () => {
    const attr = { ksize: integers(1, 2, 2, 1), strides: integers(1, 2, 2, 1), padding: word('VALID') };
    const artifacts = graph('Identity', {});
    const pool = { name: 'pool', op: 'AvgPool', input: ['x'], attr };
    (artifacts.modelTopology as { library?: object }).library = { function: [{ signature: { name: 'then' }, nodeDef: [pool] }] };
    const { modelJson, report } = await swapPoolingInTopology(artifacts, { from: 'average', where: ['then/pool'] });
    expect(report).toMatchObject([{ path: 'then/pool', after: 'soft 2×2/2' }]);
    expect(JSON.stringify(modelJson)).toContain('"op":"SoftPool"');
  });

  test('with an invalid window throws an error that says so', async () => {
    const attr = { ksize: integers(1, 2, 2, 1), strides: integers(1, 2), padding: word('VALID') };
    await expect(swapPoolingInTopology(graph('MaxPool', attr))).rejects.toThrow(
      new TypeError('swapPoolingInTopology: pool: strides must be 4 or 5 positive integers, received [1, 2]'),
    );
    await expect(swapPoolingInTopology(graph('MaxPool', { ...attr, strides: attr.ksize, padding: {} }))).rejects.toThrow(
      new TypeError("swapPoolingInTopology: pool: padding must be 'VALID', 'SAME' or 'EXPLICIT', received undefined"),
    );
  });
});

interface Graph {
  readonly node: readonly { readonly name: string; readonly op: string; readonly input: readonly string[] }[];
}

/** A model of the package, read from its two files. */
function artifactsOf(name: string): tf.io.ModelArtifacts {
  const { weightsManifest, ...model } = JSON.parse(readFileSync(join(MODELS, `${name}.json`), 'utf8'));
  const weightData = new Uint8Array(readFileSync(join(MODELS, `${name}.bin`))).buffer;
  return { ...model, weightSpecs: weightsManifest[0].weights, weightData };
}

function bytes({ weightData }: tf.io.ModelArtifacts): Buffer {
  return Buffer.from(weightData as ArrayBuffer);
}

async function load(artifacts: tf.io.ModelArtifacts): Promise<GraphModel> {
  return await loadGraphModel({ load: async () => artifacts });
}

async function saved(model: GraphModel): Promise<tf.io.ModelArtifacts> {
  return await new Promise((resolve) => {
    void model.save({
      save: async (artifacts) => {
        resolve(artifacts);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
  });
}

function output(model: GraphModel, x: tf.Tensor): number[] {
  const y = model.predict(x) as tf.Tensor | tf.Tensor[];
  return Array.from((Array.isArray(y) ? y[0]! : y).dataSync());
}
