/**
 * The programs in the form that TensorFlow.js's webgl backend compiles, caches by source, and runs.
 */
import { CENTERS, LOGIT_GRADIENTS, perChannelGradient, SHARED_STATISTICS, STATISTICS, sharedGradient } from './gradient.ts';
import { NUMBERS } from './numbers.ts';
import { PLACES } from './places.ts';
import { type Problem, UNIFORMS } from './problem.ts';
import { FORWARD, LONG_SUMS, MAXIMUM_APART, PER_CHANNEL_LOGITS, POSITIONS, SHARED_LOGITS, SHORT_SUMS, WINDOW } from './window.ts';

/** The most taps for which {@link SHORT_SUMS} are accurate enough. */
const MOST_IN_SHORT_SUMS = 64;

/** A program as the backend takes it (its `GPGPUProgram`). */
export interface WebGlProgram {
  /** The inputs; the code reads an element of `x` with `getX(index)`. */
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly userCode: string;
  readonly customUniforms: typeof UNIFORMS;
  /** Sizes of textures are uniforms as well. */
  readonly enableShapeUniforms: true;
  /** Whether an invocation writes all four numbers of a texel. */
  readonly packedOutput: boolean;
}

export function forwardProgram({ isShared, taps, outputs }: Problem): WebGlProgram {
  return program(['x', ...positionsIf(isShared)], [outputs], [windowCode(isShared, taps), FORWARD]);
}

/** The logits of positions whose channels share weights, from `x`. */
export function positionsProgram({ positions }: Problem): WebGlProgram {
  return program(['x'], pairs(positions), [LONG_SUMS, POSITIONS]);
}

/**
 * The statistics of windows, from `x` for weights per channel, from `positions` for shared ones.
 */
export function statisticsProgram({ isShared, isExact, outputs, windows, taps }: Problem): WebGlProgram {
  if (isShared) return program(['positions'], pairs(windows), [LONG_SUMS, MAXIMUM_APART, SHARED_LOGITS, SHARED_STATISTICS]);
  return program(['x'], isExact ? fours(outputs) : pairs(outputs), [windowCode(false, taps), STATISTICS]);
}

/** For exact gradients of shared weights, from `x` and `positions`. */
export function centersProgram({ outputs, taps }: Problem): WebGlProgram {
  return program(['x', 'positions'], pairs(outputs), [windowCode(true, taps), CENTERS]);
}

/** For exact gradients of shared weights, from `x`, `dy`, `windows` and `centers`. */
export function logitGradientsProgram({ windows, taps }: Problem): WebGlProgram {
  return program(['x', 'dy', 'windows', 'centers'], [windows * taps], [LOGIT_GRADIENTS]);
}

/**
 * From `x`, `dy` and `statistics`; for shared weights from `x`, `dy`, `positions` and `windows`,
 * and if exact also from `logitGradients`.
 */
export function gradientProgram({ isShared, isExact, inputs }: Problem): WebGlProgram {
  if (!isShared) return program(['x', 'dy', 'statistics'], [inputs], [PER_CHANNEL_LOGITS, perChannelGradient(isExact)]);
  const names = ['x', 'dy', 'positions', 'windows', ...(isExact ? ['logitGradients'] : [])];
  return program(names, [inputs], [SHARED_LOGITS, sharedGradient(isExact)]);
}

function program(variableNames: string[], outputShape: number[], parts: readonly string[]): WebGlProgram {
  const userCode = [NUMBERS, PLACES, ...parts].join('');
  return {
    variableNames,
    outputShape,
    userCode,
    customUniforms: UNIFORMS,
    enableShapeUniforms: true,
    packedOutput: outputShape.length > 1,
  };
}

function windowCode(isShared: boolean, taps: number): string {
  return `${taps > MOST_IN_SHORT_SUMS ? LONG_SUMS : SHORT_SUMS}${MAXIMUM_APART}${isShared ? SHARED_LOGITS : PER_CHANNEL_LOGITS}${WINDOW}`;
}

function positionsIf(isShared: boolean): string[] {
  return isShared ? ['positions'] : [];
}

/**
 * The backend packs 2 × 2 elements of the last axes into a texel, so an invocation writes two or
 * four numbers.
 */
function pairs(count: number): number[] {
  return [count, 1, 2];
}

function fours(count: number): number[] {
  return [count, 2, 2];
}
