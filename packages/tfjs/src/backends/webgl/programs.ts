/** The programs, in the form that TensorFlow.js's webgl backend compiles, keeps by their source, and runs. */
import { CENTRES, ownGradient, PULLS, SHARED_STATISTICS, STATISTICS, sharedGradient } from './gradient.ts';
import { NUMBERS } from './numbers.ts';
import { PLACES } from './places.ts';
import { type Problem, UNIFORMS } from './problem.ts';
import { APART, FORWARD, LONG_SUMS, OWN_LOGITS, POSITIONS, SHARED_LOGITS, SHORT_SUMS, WINDOW } from './window.ts';

/** Windows of up to so many taps need no more than {@link SHORT_SUMS}. */
const MOST_IN_SHORT_SUMS = 64;

/** What the backend calls a GPGPUProgram. */
export interface WebGlProgram {
  /** The inputs; the code reads an element of `x` by `getX(index)`. */
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly userCode: string;
  readonly customUniforms: typeof UNIFORMS;
  /** Sizes of textures are uniforms as well. */
  readonly enableShapeUniforms: true;
  /** Whether an invocation writes the four numbers of a texel. */
  readonly packedOutput: boolean;
}

export function forwardProgram({ isShared, taps, outputs }: Problem): WebGlProgram {
  return program(['x', ...positionsIf(isShared)], [outputs], [windowCode(isShared, taps), FORWARD]);
}

/** The logits of positions whose channels share weights, from `x`. */
export function positionsProgram({ positions }: Problem): WebGlProgram {
  return program(['x'], pairs(positions), [LONG_SUMS, POSITIONS]);
}

/** The statistics of windows, from `x` where each channel has its own, from `positions` where they are shared. */
export function statisticsProgram({ isShared, isExact, outputs, windows, taps }: Problem): WebGlProgram {
  if (isShared) return program(['positions'], pairs(windows), [LONG_SUMS, APART, SHARED_LOGITS, SHARED_STATISTICS]);
  return program(['x'], isExact ? fours(outputs) : pairs(outputs), [windowCode(false, taps), STATISTICS]);
}

/** For exact gradients of shared weights, from `x` and `positions`. */
export function centresProgram({ outputs, taps }: Problem): WebGlProgram {
  return program(['x', 'positions'], pairs(outputs), [windowCode(true, taps), CENTRES]);
}

/** For exact gradients of shared weights, from `x`, `dy`, `windows` and `centres`. */
export function pullsProgram({ windows, taps }: Problem): WebGlProgram {
  return program(['x', 'dy', 'windows', 'centres'], [windows * taps], [PULLS]);
}

/** From `x`, `dy` and `statistics`; of shared weights from `x`, `dy`, `positions`, `windows`, and, exactly, `pulls`. */
export function gradientProgram({ isShared, isExact, inputs }: Problem): WebGlProgram {
  if (!isShared) return program(['x', 'dy', 'statistics'], [inputs], [OWN_LOGITS, ownGradient(isExact)]);
  const names = ['x', 'dy', 'positions', 'windows', ...(isExact ? ['pulls'] : [])];
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
  return `${taps > MOST_IN_SHORT_SUMS ? LONG_SUMS : SHORT_SUMS}${APART}${isShared ? SHARED_LOGITS : OWN_LOGITS}${WINDOW}`;
}

function positionsIf(isShared: boolean): string[] {
  return isShared ? ['positions'] : [];
}

/** The backend packs 2 × 2 elements of the last axes into a texel: so an invocation writes two numbers, or four. */
function pairs(count: number): number[] {
  return [count, 1, 2];
}

function fours(count: number): number[] {
  return [count, 2, 2];
}
