/** Compares the emitted operators on an ONNX runtime with the definition. */
import type { Call } from '@softpool/specification/backend';
import { allowance, expectForm, expectWithin, numbersOf } from '@softpool/specification/expect';
import { operatorOf, type Problem } from '@softpool/specification/problems';
import { forwardBounds, TOLERANCES } from '@softpool/specification/tolerances';
import type * as onnxruntime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import type { DType, FloatArray, PoolGeometry, PoolOptions, Tensor } from 'softpool/internal';
import { forward } from 'softpool/internal';
import { expect } from 'vitest';
import type { SoftPooling } from '../emit/pooling.ts';
import type { Target } from '../emit/target.ts';
import { softPoolModel, withImagesApart } from './soft-pool-model.ts';

/** A runtime, in Node or in a page, on one of its providers. */
export interface Runtime {
  readonly ort: Pick<typeof onnxruntime, 'InferenceSession' | 'Tensor'>;
  readonly executionProviders?: readonly string[];
  /** Whether subnormal numbers may be 0: WGSL, 15.7, lets implementations flush them. */
  readonly mayFlush?: boolean;
  /**
   * The factor on the tolerance of global pooling, for runtimes that add numbers one after another.
   * Default 1.
   */
  readonly globalSlack?: number;
}

interface How {
  readonly inline?: boolean;
  readonly opset?: number;
  /** Default `'any'`. */
  readonly target?: Target;
  /** Whether small batches are taken image by image too, for CPUs. */
  readonly isApart?: boolean;
}

const SMALLEST_NORMAL = 2 ** -126;

/**
 * Runs the model of problems with the same call and shape. Throws if a result is not the
 * definition's.
 */
export async function isTheDefinition(runtime: Runtime, problems: readonly Problem[], dtype: DType, how: How = {}): Promise<void> {
  const results = await run(runtime, problems, dtype, how);
  const slack = how.target === 'cpu' ? FAST_SLACK : 1;
  for (const [i, problem] of problems.entries()) expectDefinition(problem, results[i] as Tensor, dtype, { ...runtime, slack });
}

/** The fast form for CPUs may be off by 4 units in the last place, and other forms by 2. */
const FAST_SLACK = 2;

/**
 * Throws unless y is the definition's result and lies between the least and the largest of its
 * window. `slack` is a factor on the tolerance; above 1, y may also lie beyond its window by that.
 */
export function expectDefinition(
  { call, geometry, x }: Problem,
  y: Tensor,
  dtype: DType,
  { mayFlush = false, globalSlack = 1, slack: factor = 1 }: Partial<Runtime> & { readonly slack?: number } = {},
): void {
  const operator = operatorOf(call, 'weights');
  const input = numbersOf(x);
  const { least, largest, mean, ...bounds } = forwardBounds(input, geometry, operator, dtype);
  const spacing = spacingAllowance(geometry, dtype);
  const tolerance = bounds.tolerance.map((each) => Math.max(factor * (call.kind === 'global' ? globalSlack : 1) * each, spacing));
  const expected = forward(input, geometry, operator);
  expectForm('y', y, x, geometry.outputShape);
  const found = mayFlush ? { ...y, data: unflushed(y.data, expected) } : y;
  expectWithin('y', found, expected, tolerance);
  for (const [i, value] of Array.from(numbersOf(found)).entries()) {
    if (!Number.isFinite(value)) continue;
    const [low = 0, high = 0, average = 0] = [least[i], largest[i], mean[i]];
    const slack = allowance(dtype, tolerance[i] ?? 0, value);
    const isAboveMean = operator.weights === 'shared' || value >= average - slack;
    const beyond = factor === 1 ? 0 : slack;
    if (value < low - beyond || value > high + beyond || !isAboveMean)
      throw new Error(`y[${i}] is ${value}, of [${low}, ${high}], mean ${average}`);
  }
}

/**
 * What the spacing of the smallest numbers allows. A mean over K taps is off by half a spacing, and
 * its ratio with the mean of n weights near 1 by K / n times as much. Slices of shared weights are
 * halved first and their sum is doubled, which loses a spacing for each tap, for its product and
 * once for the maximum.
 */
function spacingAllowance({ axes }: PoolGeometry, dtype: DType): number {
  return TOLERANCES[dtype].spacing * (axes.reduce((taps, axis) => taps * axis.kernelSize, 1) + 2);
}

/** The values, with subnormal numbers for zeros where they are expected. */
function unflushed(values: FloatArray, expected: Float64Array): Float32Array {
  return Float32Array.from(values, (value, i) => {
    const right = expected[i] ?? Number.NaN;
    return value === 0 && Math.abs(right) < SMALLEST_NORMAL ? right : value;
  });
}

/**
 * The outputs for problems with the same call and shape. The model gets a batch, which ONNX needs.
 */
export async function run(runtime: Runtime, problems: readonly Problem[], dtype: DType, how: How = {}): Promise<Tensor[]> {
  const [{ call, geometry }] = problems as [Problem];
  const { spatialDims, inputShape, outputShape, axes } = geometry;
  const shape = inputShape.length === spatialDims + 2 ? inputShape : [1, ...inputShape];
  const model = softPoolModel(poolingOf(call, geometry, dtype, how.target), shape.length, how);
  const session = await open(runtime, how.isApart ? withImagesApart(model) : model);
  const results: Tensor[] = [];
  for (const { x } of problems) {
    const y = await outputOf(runtime, session, { ...x, shape }, dtype);
    expect(y.shape.slice(2)).toEqual(axes.map((axis) => axis.outputSize));
    results.push({ ...y, shape: outputShape });
  }
  await session.release();
  return results;
}

/** The pooling of a call. `same` stays a rule, so that the graph computes the padding. */
function poolingOf(call: Call, { axes, zeros, channels }: PoolGeometry, elementType: DType, target: Target = 'any'): SoftPooling {
  const { beta, weights } = operatorOf(call, 'weights');
  const common = { beta, weights, elementType, target, channels };
  if (call.kind === 'global') return { window: undefined, ...common };
  const { padding, ceilMode = false } = call.options as PoolOptions;
  const window = {
    kernelSize: axes.map((axis) => axis.kernelSize),
    stride: axes.map((axis) => axis.stride),
    dilation: axes.map((axis) => axis.dilation),
    padding: padding === 'same' ? ('same' as const) : (zeros ?? axes.map((axis) => axis.padding)),
    ...(zeros && { padMode: 'zeros' as const }),
    ceilMode: padding !== 'same' && ceilMode,
  };
  return { window, ...common };
}

/** Opens a model. */
export function open({ ort, executionProviders = [] }: Runtime, model: Uint8Array): Promise<InferenceSession> {
  const options = { logSeverityLevel: 3, intraOpNumThreads: 1, interOpNumThreads: 1 } as const;
  return ort.InferenceSession.create(model, executionProviders.length === 0 ? options : { ...options, executionProviders });
}

/** The output of a model whose only input is x. */
export async function outputOf({ ort }: Runtime, session: InferenceSession, x: Tensor, dtype: DType): Promise<Tensor> {
  const { y } = await session.run({ x: new ort.Tensor(dtype, x.data as never, [...x.shape]) });
  if (y === undefined) throw new Error('the model has no output y');
  const data = y.data as unknown as FloatArray;
  const Constructor = x.data.constructor as new (data: ArrayBufferLike, offset: number, length: number) => FloatArray;
  return { ...x, data: new Constructor(data.buffer, data.byteOffset, data.length), shape: [...y.dims] };
}
