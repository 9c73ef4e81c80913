/**
 * The ops as a backend of the specification: tensors go into TensorFlow.js, through an op or its
 * gradient, and back.
 */
import type { Backend } from '@softpool/specification/backend';
import { jobBackend } from '@softpool/specification/job-backend';
import * as tf from '@tensorflow/tfjs-core';
import type { Job, PoolGeometry, Tensor } from 'softpool/internal';
import { runDefinition } from 'softpool/internal';
import {
  adaptiveSoftPool1d,
  adaptiveSoftPool2d,
  adaptiveSoftPool3d,
  globalSoftPool,
  type SoftPoolOperator,
  softPool1d,
  softPool2d,
  softPool3d,
} from '../index.ts';

/** Element types that the ops do not have, with the reason. */
export const CANNOT = {
  Float64Array: 'TensorFlow.js has no such type',
  Float16Array: 'TensorFlow.js has no such type',
  Uint16Array: 'TensorFlow.js has no such type',
} as const;

type Op = (x: tf.Tensor, job: Job, options: SoftPoolOperator) => tf.Tensor;

/**
 * The calls of `softpool`, run by the ops on the current backend. It checks arguments as softpool
 * does, so that the tests of these checks pass.
 */
export function opsBackend(): Backend {
  return jobBackend(async (job, options): Promise<Tensor> => {
    const op = 'kernelSize' in options ? poolOp : 'outputSize' in options ? adaptiveOp : globalOp;
    const { x, problem } = job;
    // For tests that are not about one element type.
    if (!(x.data instanceof Float32Array)) return runDefinition(job);
    const { beta, weights, gradient } = problem.operator;
    const { spatialDims, layout } = problem.geometry;
    const dataFormat = FORMATS[layout][spatialDims];
    const before = tf.memory().numTensors;
    const result = tf.tidy(() => {
      const forward = (input: tf.Tensor): tf.Tensor => op(input, job, { beta, weights, gradient, dataFormat });
      const input = tf.tensor(x.data as Float32Array, [...x.shape], 'float32');
      if (job.kind === 'forward') return forward(input);
      const { data, shape } = job.dy;
      return tf.grad(forward)(input, tf.tensor(data as Float32Array, [...shape], 'float32'));
    });
    const left = tf.memory().numTensors - before - 1;
    if (left !== 0) throw new Error(`${left} tensors leaked`);
    const data = (await result.data()) as Float32Array;
    const shape = result.shape;
    result.dispose();
    return { data: Float32Array.from(data), shape };
  });
}

const FORMATS = {
  channelsLast: { 1: 'NWC', 2: 'NHWC', 3: 'NDHWC' },
  channelsFirst: { 1: 'NCW', 2: 'NCHW', 3: 'NCDHW' },
} as const;

const POOL = { 1: softPool1d, 2: softPool2d, 3: softPool3d } as const;
const ADAPTIVE = { 1: adaptiveSoftPool1d, 2: adaptiveSoftPool2d, 3: adaptiveSoftPool3d } as const;

/**
 * Padding is explicit, with as much at the end as the last window needs, so that the ops need no
 * ceil mode.
 */
const poolOp: Op = (x, { problem: { geometry } }, operator) => {
  const { axes, spatialDims, layout, zeros } = geometry;
  const unweighted = axes.map(({ inputSize, outputSize, kernelSize, stride, dilation, padding: [before] }) => {
    const end = (outputSize - 1) * stride + (kernelSize - 1) * dilation + 1;
    return [before, Math.max(0, end - before - inputSize)] as const;
  });
  const around = zeros ?? unweighted;
  const none = [0, 0] as const;
  const pad = layout === 'channelsLast' ? [none, ...around, none] : [none, none, ...around];
  const each = (of: (axis: PoolGeometry['axes'][number]) => number) => axes.map(of) as never;
  return POOL[spatialDims](
    x,
    each((axis) => axis.kernelSize),
    each((axis) => axis.stride),
    pad,
    { ...operator, dilations: each((axis) => axis.dilation), padMode: zeros === undefined ? 'ignore' : 'zeros' } as never,
  );
};

const adaptiveOp: Op = (x, { problem: { geometry } }, operator) => {
  const { axes, spatialDims } = geometry;
  return ADAPTIVE[spatialDims](x, axes.map((axis) => axis.outputSize) as never, operator as never);
};

/** The op needs a batch. */
const globalOp: Op = (x, { problem: { geometry } }, operator) => {
  const { outputShape, spatialDims } = geometry;
  const batched = x.rank === spatialDims + 2 ? x : tf.expandDims(x, 0);
  return tf.reshape(globalSoftPool(batched, operator), [...outputShape]);
};
