/**
 * Problem → plan: which programs run, on how many workgroups, over which ranges of the tensors. A
 * plan depends on the limits of a device, but touches none.
 */
import { rangeError } from '../api/errors.ts';
import type { Job, Problem } from '../api/job.ts';
import { type AxisWindows, NO_AXIS } from '../geometry/axis-windows.ts';
import { type BlockShape, largestWindow, problemBlock, problemTables } from './problem-block.ts';
import { type BufferName, bindingsOf, type Program } from './programs.ts';
import { type Step, stepsFor } from './steps.ts';

/** A plan for all calls with the same problem. */
export interface Plan {
  readonly programs: readonly Program[];
  readonly tables: Uint32Array<ArrayBuffer>;
  readonly parts: readonly Part[];
  /** The bytes of each buffer between the programs. */
  readonly scratch: Partial<Record<BufferName, number>>;
}

/**
 * A problem, or as many of its planes as the device's limits let one program see.
 */
export interface Part {
  readonly block: ArrayBuffer;
  /** The range of each tensor that is bound, in bytes. */
  readonly ranges: Partial<Record<BufferName, { readonly offset: number; readonly size: number }>>;
  /** The workgroups of each program, along two dimensions. */
  readonly workgroups: readonly (readonly [number, number])[];
}

/** The limits of a device that a plan depends on. */
export type Limits = Pick<
  GPUSupportedLimits,
  'maxStorageBufferBindingSize' | 'minStorageBufferOffsetAlignment' | 'maxComputeWorkgroupsPerDimension'
>;

/**
 * Elements of a unit, the least that a problem is cut into: a plane, or an example whose channels
 * share weights.
 */
type UnitSizes = Readonly<Record<Step['of'], number>>;

/** Bytes of scratch that a part may take, unless one unit takes more. */
const MOST_SCRATCH = 64 * 2 ** 20;

const SCRATCH_BYTES = { positions: 8, windows: 8, statistics: 16, logitGradients: 4 } as const;

/** Plans a problem. Errors name `call`. */
export function planFor(call: string, kind: Job['kind'], problem: Problem, limits: Limits): Plan {
  const shape = blockShape(problem);
  const steps = stepsFor(kind, problem, shape, limits);
  const programs = steps.map(({ program }) => program);
  const { batch, channels } = problem.geometry;
  const units = batch * (channels / (shape.inner * shape.planes));
  const sizes = unitSizes(shape);
  const scratch = scratchPerUnit(sizes, shape.channels, programs);
  const count = unitsPerPart(call, problem, units, sizes, Object.values(scratch), limits);
  const parts: Part[] = [];
  for (let unit = 0; unit < units; unit += count) {
    parts.push(partOf(problem, shape, steps, sizes, unit, Math.min(count, units - unit), limits));
  }
  return {
    programs,
    tables: problemTables(shape.axes),
    parts,
    scratch: Object.fromEntries(Object.entries(scratch).map(([name, bytes]) => [name, Math.min(units, count) * bytes])),
  };
}

function unitSizes({ axes, inner, planes }: BlockShape): UnitSizes {
  const inputs = axes.reduce((size, axis) => size * axis.inputSize, 1);
  const outputs = axes.reduce((size, axis) => size * axis.outputSize, 1);
  return {
    inputs: inputs * inner * planes,
    outputs: outputs * inner * planes,
    positions: inputs,
    planes,
    taps: outputs * axes.reduce((size, axis) => size * largestWindow(axis), 1),
  };
}

/** The bytes per unit of each buffer that the programs pass on. */
function scratchPerUnit(sizes: UnitSizes, channels: number, programs: readonly Program[]): Partial<Record<BufferName, number>> {
  const used = new Set(programs.flatMap(bindingsOf));
  const all = {
    positions: sizes.positions * SCRATCH_BYTES.positions,
    windows: (sizes.outputs / channels) * SCRATCH_BYTES.windows,
    statistics: sizes.outputs * SCRATCH_BYTES.statistics,
    logitGradients: sizes.taps * SCRATCH_BYTES.logitGradients,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name as BufferName)));
}

/** How many units one part has. Throws if one unit does not fit the device's limits. */
function unitsPerPart(
  call: string,
  problem: Problem,
  units: number,
  { inputs, outputs }: UnitSizes,
  scratch: readonly number[],
  { maxStorageBufferBindingSize, minStorageBufferOffsetAlignment }: Limits,
): number {
  const bytes = bytesPerElement(problem);
  const largest = Math.max(inputs * bytes, outputs * bytes, ...scratch);
  const room = maxStorageBufferBindingSize - minStorageBufferOffsetAlignment;
  if (largest > room && (units > 1 || largest > maxStorageBufferBindingSize)) {
    const expected = `such that one plane or example takes at most ${maxStorageBufferBindingSize} bytes, the device's maxStorageBufferBindingSize`;
    throw rangeError(call, 'x', expected, largest, ': request the device with a larger limit, or split x');
  }
  const count = Math.max(1, Math.floor(Math.min(units, room / largest, Math.max(1, MOST_SCRATCH / Math.max(1, ...scratch)))));
  // Parts start at whole words, and a word may hold two float16 numbers.
  if (count === 1 && units > 1 && bytes === 2 && (inputs % 2 === 1 || outputs % 2 === 1)) {
    const expected = "such that two planes of an odd number of float16 elements fit the device's limits";
    throw rangeError(call, 'x.shape', expected, problem.geometry.inputShape, ': split x');
  }
  return count === units || count === 1 ? count : count - (count % 2);
}

/** The part with `count` units from `unit` on. */
function partOf(
  problem: Problem,
  shape: BlockShape,
  steps: readonly Step[],
  sizes: UnitSizes,
  unit: number,
  count: number,
  limits: Limits,
): Part {
  const bytes = bytesPerElement(problem);
  const range = (elements: number): { offset: number; size: number; base: number } => {
    const start = unit * elements * bytes;
    const offset = start - (start % limits.minStorageBufferOffsetAlignment);
    return { offset, size: roundUp(start + count * elements * bytes - offset, 4), base: (start - offset) / bytes };
  };
  const [input, output] = [range(sizes.inputs), range(sizes.outputs)];
  return {
    block: problemBlock(shape, {
      inputs: count * sizes.inputs,
      outputs: count * sizes.outputs,
      inputBase: input.base,
      outputBase: output.base,
    }),
    ranges: { x: input, xQuads: input, dxQuads: input, dx: input, y: output, yQuads: output, dy: output, dyQuads: output },
    workgroups: steps.map(({ of, perWorkgroup }) => grid(Math.ceil((count * sizes[of]) / perWorkgroup), limits)),
  };
}

function bytesPerElement({ dtype }: Problem): 2 | 4 {
  return dtype === 'float16' ? 2 : 4;
}

/** The problem as planes of three axes. */
function blockShape({ geometry, operator }: Problem): BlockShape {
  const { layout, channels } = geometry;
  const shared = operator.weights === 'shared' && channels > 1;
  const axes = mergeWhole(geometry.axes);
  const [depth, height, width] = [NO_AXIS, NO_AXIS, NO_AXIS, ...axes].slice(-3) as [AxisWindows, AxisWindows, AxisWindows];
  return {
    axes: [depth, height, width],
    inner: layout === 'channelsLast' ? channels : 1,
    planes: shared && layout === 'channelsFirst' ? channels : 1,
    channels: shared ? channels : 1,
    beta: operator.beta,
  };
}

/**
 * Where a window takes the whole of the last axis, its rows lie one after another, and two axes
 * become one.
 */
function mergeWhole(axes: readonly AxisWindows[]): readonly AxisWindows[] {
  const [last, before] = [axes.at(-1), axes.at(-2)];
  if (last === undefined || before === undefined || before.dilation !== 1) return axes;
  if (last.outputSize !== 1 || last.dilation !== 1 || last.count[0] !== last.inputSize) return axes;
  const merged: AxisWindows = {
    ...before,
    stride: 0, // the taps of a window are no longer in one row
    inputSize: before.inputSize * last.inputSize,
    start: before.start.map((start) => start * last.inputSize),
    count: before.count.map((count) => count * last.inputSize),
  };
  return mergeWhole([...axes.slice(0, -2), merged]);
}

/** Workgroups in rows of the widest that a dimension can be. */
function grid(workgroups: number, { maxComputeWorkgroupsPerDimension: most }: Limits): readonly [number, number] {
  return [Math.min(workgroups, most), Math.ceil(workgroups / most)];
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
