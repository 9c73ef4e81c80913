/**
 * The ops of @softpool/tfjs beside those of TensorFlow.js, on the backends that Node has, and in
 * the training of a network. The tables of docs/tfjs.md: `npm run bench:tfjs`.
 */
import { ratio, timeInTurn } from '@softpool/experiments/internal';
import { createBackbone } from '@softpool/models';
import { softPool2d, softPool3d } from '@softpool/tfjs';
import { type BackendName, openBackend } from '@softpool/training/node';
import * as tf from '@tensorflow/tfjs-core';
import { machineLine, QUICK, table, timeCell } from './table.ts';
import { type Op, tensorFlowOps } from './tensorflow-ops.ts';

type Windows = readonly [size: number, stride: number, pad: 'valid' | 'same'];

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;
const PEERS = ['avgPool', 'maxPool', 'composition'] as const;
const ROUNDS = QUICK ? 2 : 15;
const TIMING = { rounds: ROUNDS, sampleMilliseconds: QUICK ? 0.5 : 5 };

/** Shapes in the order channelsLast. */
const PROBLEMS: readonly [title: string, shape: number[], Windows][] = [
  ['2×2/2', [8, 112, 112, 64], [2, 2, 'valid']],
  ['3×3/2 same', [8, 112, 112, 64], [3, 2, 'same']],
  ['2×2/2', [32, 16, 16, 32], [2, 2, 'valid']],
  ['2×2×2/2', [2, 16, 56, 56, 32], [2, 2, 'valid']],
];

/** Where the peers are plain loops. */
const SMALL_PROBLEMS: typeof PROBLEMS = [
  ['2×2/2', [4, 56, 56, 32], [2, 2, 'valid']],
  ['3×3/2 same', [4, 56, 56, 32], [3, 2, 'same']],
  ['2×2×2/2', [1, 8, 28, 28, 32], [2, 2, 'valid']],
];

console.log(`TensorFlow.js ${tf.version_core}. ${machineLine()}\n`);
await compare('wasm', QUICK ? SMALL_PROBLEMS : PROBLEMS);
await compareTraining();
await compare('cpu', SMALL_PROBLEMS);
await compare('webgpu', PROBLEMS);

/** Prints a table: how long soft pooling takes on a backend, and the ratios to its peers. */
async function compare(backend: BackendName, problems: typeof PROBLEMS) {
  const device = await openBackend(backend).catch((error: Error) => error);
  // A software adapter, a processor that plays a GPU, takes a tenth of a second for a call.
  if (device instanceof Error || SOFTWARE.test(device)) return console.log(`${backend}: no GPU here`);
  const rows: string[][] = [];
  for (const [title, shape, windows] of problems) {
    // Activations as they leave a network: half of them cut off at 0.
    const x = tf.tidy(() => tf.relu(tf.randomNormal(shape, 0, 1, 'float32', 1)));
    const { forward, backward } = opsOf(x, windows);
    const dy = tf.tidy(() => tf.onesLike(forward.softPool(x)));
    const passes: Record<string, Record<string, () => tf.Tensor>> = {
      forward: mapped(forward, (op) => () => op(x)),
      backward: mapped(backward, (op) => () => op(dy)),
      'forward and backward': mapped(forward, (op) => () => tf.grad(op)(x, dy)),
    };
    for (const [pass, calls] of Object.entries(passes)) {
      const times = await timeInTurn(
        mapped(calls, (call) => () => finished(call)),
        TIMING,
      );
      const ours = times.softPool as number[];
      const ratios = PEERS.map((peer) => (times[peer] ? `${ratio(ours, times[peer]).toFixed(2)}×` : ''));
      rows.push([`${title}, [${shape}], ${pass}`, timeCell(ours), ...ratios]);
    }
    tf.dispose([x, dy]);
  }
  console.log(`${device}\n\n${table(['what', 'softPool, ms', 'of avgPool', 'of maxPool', 'of the composition'], rows)}\n`);
  console.log(`Medians of ${ROUNDS} rounds, with quartiles. Ratios are of times within a round: below 1×, softPool is faster.\n`);
}

/** Prints the time of a training step of ResNet-18, with the paper's soft pool and its max pool. */
async function compareTraining() {
  const shape = QUICK ? [2, 32, 32, 3] : [8, 64, 64, 3];
  const [batch = 1] = shape;
  const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
  const labels = tf.oneHot(tf.range(0, batch, 1, 'int32'), 10);
  const optimizer = tf.train.sgd(0.01);
  const step = (pool: 'soft' | 'max') => {
    const model = createBackbone('resnet18', { pool, inputShape: shape.slice(1), classes: 10 });
    const loss = () => tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar;
    return () => void optimizer.minimize(loss);
  };
  // Equal networks differ by where their weights lie; the second one with max pooling shows it.
  const { max, soft, again } = await timeInTurn({ max: step('max'), soft: step('soft'), again: step('max') }, TIMING);
  console.log(
    `A step of ResNet-18 on ${batch} images of ${shape[1]}×${shape[2]} with the paper's soft pool: ${timeCell(soft)} ms, ` +
      `${ratio(soft, max).toFixed(3)}× of that with max pooling; a second network with max pooling: ${ratio(again, max).toFixed(3)}×\n`,
  );
}

/** The poolings: forward, and backward by their kernels alone, which the composition lacks. */
function opsOf(x: tf.Tensor, [size, stride, pad]: Windows) {
  const dims = x.rank - 2;
  const peers = tensorFlowOps(dims, size, stride, pad);
  const softPool: Op =
    dims === 2 ? (x) => softPool2d(x as tf.Tensor4D, size, stride, pad) : (x) => softPool3d(x as tf.Tensor5D, size, stride, pad);
  const kernel = (name: string, inputs: tf.NamedTensorMap, attrs: object) =>
    tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;
  const windows = { filterSize: size, strides: stride, pad };
  const options = { spatialDims: dims, kernelSize: size, stride, padding: pad, layout: 'channelsLast' };
  const output = peers.maxPool(x);
  const suffix = dims === 2 ? 'PoolGrad' : 'Pool3DGrad';
  const backward: Record<string, Op> = {
    softPool: (dy) => kernel('SoftPoolGrad', { x, dy }, { options }),
    avgPool: (dy) => kernel(`Avg${suffix}`, { dy, input: x }, windows),
    maxPool: (dy) => kernel(`Max${suffix}`, { dy, input: x, output }, windows),
  };
  return { forward: { softPool, ...peers }, backward };
}

function mapped<V, R>(values: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** Runs a call and, on a GPU, waits until its result is there. */
function finished(call: () => tf.Tensor): void | Promise<void> {
  const result = tf.tidy(call);
  if (tf.getBackend() !== 'webgpu') return result.dispose();
  const last = tf.tidy(() => tf.slice(tf.reshape(result, [-1]), result.size - 1, 1));
  result.dispose();
  return last.data().then(() => last.dispose());
}
