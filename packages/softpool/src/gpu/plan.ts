/**
 * Problem → plan: which programs run, on how many workgroups, over which ranges of the tensors. A plan touches no device; it is made of the
 * device's limits.
 */
import { rangeError } from '../api/errors.ts';
import type { Problem } from '../calls.ts';
import type { AxisWindows } from '../geometry.ts';
import { type BlockRange, type BlockShape, largestWindow, problemBlock, problemTables } from './problem-block.ts';
import { type BufferName, bindingsOf, type Program } from './programs.ts';
import { type Quads, quadsOf, tilesOf } from './quads.ts';

/** A plan for all calls of a kind. */
export interface Plan {
  readonly programs: readonly Program[];
  readonly tables: Uint32Array<ArrayBuffer>;
  readonly parts: readonly Part[];
  /** Bytes that the parts need of each buffer between the programs. */
  readonly scratch: Partial<Record<BufferName, number>>;
}

/** What one binding of the tensors can reach: all of a problem, or as many of its planes as the device's limits let one see. */
export interface Part {
  readonly block: ArrayBuffer;
  /** Of each tensor, where it is bound and how many bytes. */
  readonly ranges: Partial<Record<BufferName, { readonly offset: number; readonly size: number }>>;
  /** Workgroups of each program, along two dimensions. */
  readonly workgroups: readonly (readonly [number, number])[];
}

/** The limits of a device that a plan depends on. */
export type Limits = Pick<
  GPUSupportedLimits,
  'maxStorageBufferBindingSize' | 'minStorageBufferOffsetAlignment' | 'maxComputeWorkgroupsPerDimension'
>;

/** Bytes of scratch that a part may take, if it can be helped. */
const MOST_SCRATCH = 64 * 2 ** 20;

/** A window of so many taps is shared by the threads of a team. */
const TEAM_TAPS = 128;

const THREADS = 64;
const TEAM_THREADS = 256;

const SCRATCH_BYTES = { positions: 8, windows: 8, statistics: 16, pulls: 4 } as const;

/** A program, and how many elements each of its workgroups has, by what they are. */
interface Step {
  readonly program: Program;
  readonly of: 'inputs' | 'outputs' | 'positions' | 'pulls' | 'planes';
  readonly perWorkgroup: number;
}

/** The plan for a problem: its forward pass, or its gradient. */
export function makePlan(call: string, problem: Problem, gradient: boolean, limits: Limits): Plan {
  const shape = blockShape(problem);
  const bytes = problem.dtype === 'float16' ? 2 : 4;
  const units = problem.geometry.batch * (problem.geometry.channels / (shape.inner * shape.planes));
  const { axes, inner, planes, channels } = shape;
  const inputSpace = axes.reduce((size, axis) => size * axis.inputSize, 1);
  const outputSpace = axes.reduce((size, axis) => size * axis.outputSize, 1);
  const perUnit = {
    inputs: inputSpace * inner * planes,
    outputs: outputSpace * inner * planes,
    positions: inputSpace,
    planes,
    pulls: outputSpace * axes.reduce((size, axis) => size * largestWindow(axis), 1),
  };
  const steps = gradient ? gradientSteps(problem, shape, limits) : forwardSteps(problem, shape, limits);
  const programs = steps.map(({ program }) => program);
  const used = new Set(programs.flatMap(bindingsOf));
  const scratchPerUnit = {
    positions: perUnit.positions * SCRATCH_BYTES.positions,
    windows: (perUnit.outputs / channels) * SCRATCH_BYTES.windows,
    statistics: perUnit.outputs * SCRATCH_BYTES.statistics,
    pulls: perUnit.pulls * SCRATCH_BYTES.pulls,
  };
  const scratchNames = (Object.keys(scratchPerUnit) as (keyof typeof scratchPerUnit)[]).filter((name) => used.has(name));
  const tensorBytes = Math.max(perUnit.inputs, perUnit.outputs) * bytes;
  const largest = Math.max(tensorBytes, ...scratchNames.map((name) => scratchPerUnit[name]));
  const room = limits.maxStorageBufferBindingSize - limits.minStorageBufferOffsetAlignment;
  if (largest > room && (units > 1 || largest > limits.maxStorageBufferBindingSize)) {
    const expected = `such that one plane or example takes at most ${limits.maxStorageBufferBindingSize} bytes, the device's maxStorageBufferBindingSize`;
    throw rangeError(call, 'x', expected, largest, ': request the device with a larger limit, or split x');
  }
  const scratchLargest = Math.max(1, ...scratchNames.map((name) => scratchPerUnit[name]));
  const atOnce = Math.max(1, Math.floor(Math.min(units, room / largest, Math.max(1, MOST_SCRATCH / scratchLargest))));
  // Parts begin at whole words: two float16 may lie in one.
  const unitsPerPart = atOnce === units || atOnce === 1 ? atOnce : atOnce - (atOnce % 2);
  if (unitsPerPart === 1 && units > 1 && bytes === 2 && (perUnit.inputs % 2 === 1 || perUnit.outputs % 2 === 1)) {
    const expected = "such that two planes of an odd number of float16 elements fit the device's limits";
    throw rangeError(call, 'x.shape', expected, problem.geometry.inputShape, ': split x');
  }
  const parts: Part[] = [];
  for (let unit = 0; unit < units; unit += unitsPerPart) {
    const count = Math.min(unitsPerPart, units - unit);
    const range = (elements: number): { offset: number; size: number; base: number } => {
      const begin = unit * elements * bytes;
      const offset = begin - (begin % limits.minStorageBufferOffsetAlignment);
      return { offset, size: roundUp(begin + count * elements * bytes - offset, 4), base: (begin - offset) / bytes };
    };
    const [input, output] = [range(perUnit.inputs), range(perUnit.outputs)];
    const block: BlockRange = {
      inputs: count * perUnit.inputs,
      outputs: count * perUnit.outputs,
      inputBase: input.base,
      outputBase: output.base,
    };
    parts.push({
      block: problemBlock(shape, block),
      ranges: { x: input, xQuads: input, dxQuads: input, dx: input, y: output, yQuads: output, dy: output, dyQuads: output },
      workgroups: steps.map(({ of, perWorkgroup }) => grid(Math.ceil((count * perUnit[of]) / perWorkgroup), limits)),
    });
  }
  const scratch = Object.fromEntries(scratchNames.map((name) => [name, Math.min(units, unitsPerPart) * scratchPerUnit[name]]));
  return { programs, tables: problemTables(axes), parts, scratch };
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

const NO_AXIS: AxisWindows = {
  inputSize: 1,
  outputSize: 1,
  start: new Int32Array(1),
  count: new Int32Array(1).fill(1),
  step: 1,
  kernelSize: 1,
  stride: 1,
  padding: [0, 0],
};

/** Where a window takes the whole of the last axis, its rows lie one after another: one axis in place of two. */
function mergeWhole(axes: readonly AxisWindows[]): readonly AxisWindows[] {
  const [last, before] = [axes.at(-1), axes.at(-2)];
  if (last === undefined || before === undefined || before.step !== 1) return axes;
  if (last.outputSize !== 1 || last.step !== 1 || last.count[0] !== last.inputSize) return axes;
  const merged: AxisWindows = {
    ...before,
    stride: 0, // of windows whose taps are no longer of one row
    inputSize: before.inputSize * last.inputSize,
    start: before.start.map((start) => start * last.inputSize),
    count: before.count.map((count) => count * last.inputSize),
  };
  return mergeWhole([...axes.slice(0, -2), merged]);
}

function forwardSteps(problem: Problem, shape: BlockShape, limits: Limits): Step[] {
  const quads = quadsOf(shape);
  if (quads !== undefined) return [quadStep(problem, quads, limits, ['quads-forward'], {}, ['tables', 'x', 'xQuads'], 'yQuads')];
  const shared = shape.channels > 1;
  const window = windowFiles(problem, shape, limits);
  const forward: Step = {
    program: {
      files: [...window.files, 'window', 'forward'],
      constants: window.constants,
      reads: ['tables', 'x', ...(shared ? (['positions'] as const) : [])],
      writes: ['y'],
    },
    of: 'outputs',
    perWorkgroup: window.abreast * perWord(problem),
  };
  return shared ? [positionsStep(problem, limits), forward] : [forward];
}

function gradientSteps(problem: Problem, shape: BlockShape, limits: Limits): Step[] {
  const shared = shape.channels > 1;
  const exact = problem.operator.gradient === 'exact';
  const quads = quadsOf(shape);
  if (quads?.isDisjoint) {
    const files = ['terms', 'own-term', quads.isLast ? 'quad-put-last' : 'quad-put-first', 'quads-gradient'] as const;
    return [quadStep(problem, quads, limits, files, { EXACT: exact }, ['tables', 'x', 'xQuads', 'dyQuads'], 'dxQuads')];
  }
  const tiles = quads && tilesOf(shape, quads);
  if (quads !== undefined && tiles !== undefined) {
    const constants = { EXACT: exact, ...tiles.constants };
    const step = quadStep(
      problem,
      quads,
      limits,
      ['terms', 'own-term', 'tiles'],
      constants,
      ['tables', 'x', 'xQuads', 'dyQuads'],
      'dxQuads',
    );
    return [{ ...step, of: 'planes', perWorkgroup: 1 / tiles.perPlane }];
  }
  const window = windowFiles(problem, shape, limits);
  const statistics: Step = {
    program: {
      files: [...window.files, 'window', shared ? 'shared-statistics' : 'own-statistics', 'statistics'],
      constants: window.constants,
      reads: ['tables', 'x', 'dy', ...(shared ? (['positions'] as const) : [])],
      writes: shared ? ['statistics', 'windows'] : ['statistics'],
    },
    of: 'outputs',
    perWorkgroup: window.abreast,
  };
  const constants = { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension };
  const pulls: Step = {
    program: {
      files: [elementFile(problem), 'dispatch', 'pulls'],
      constants,
      reads: ['tables', 'x', 'statistics', 'windows'],
      writes: ['pulls'],
    },
    of: 'pulls',
    perWorkgroup: THREADS,
  };
  const gradient: Step = {
    program: {
      files: [elementFile(problem), 'dispatch', ...gradientFiles(shared, exact), 'gradient'],
      constants: { ...constants, EXACT: exact, DILATED: shape.axes.some((axis) => axis.step > 1) },
      reads: [
        'tables',
        'x',
        'statistics',
        ...(shared ? (['positions', 'windows'] as const) : []),
        ...(shared && exact ? (['pulls'] as const) : []),
      ],
      writes: ['dx'],
    },
    of: 'inputs',
    perWorkgroup: THREADS * perWord(problem),
  };
  if (!shared) return [statistics, gradient];
  return [positionsStep(problem, limits), statistics, ...(exact ? [pulls] : []), gradient];
}

/** A step of kernels/quads.wgsl. Its windows that are not of moderate numbers take the way of all others. */
function quadStep(
  problem: Problem,
  { constants, isLast }: Quads,
  limits: Limits,
  files: Program['files'],
  others: Program['constants'],
  reads: readonly BufferName[],
  writes: BufferName,
): Step {
  const rows = isLast ? 'quad-rows-last' : 'quad-rows-first';
  const stored = problem.dtype === 'float16' ? 'quads16' : 'quads32';
  return {
    program: {
      files: [elementFile(problem), 'own-weights', 'dispatch', 'alone', 'window', stored, rows, 'quads', ...files],
      constants: { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension, ...constants, ...others },
      reads,
      writes: [writes],
    },
    of: 'outputs',
    perWorkgroup: 4 * THREADS,
  };
}

function positionsStep(problem: Problem, limits: Limits): Step {
  return {
    program: {
      files: [elementFile(problem), 'dispatch', 'positions'],
      constants: { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension },
      reads: ['x'],
      writes: ['positions'],
    },
    of: 'positions',
    perWorkgroup: THREADS,
  };
}

/** What `window.wgsl` needs before it: a thread for each window, or, where windows are large, a team. */
function windowFiles(
  problem: Problem,
  { axes, inner, channels }: BlockShape,
  limits: Limits,
): { files: Program['files']; constants: Program['constants']; abreast: number } {
  const taps = axes.reduce((size, axis) => size * largestWindow(axis), 1);
  const files = [elementFile(problem), channels > 1 ? 'shared-weights' : 'own-weights', 'dispatch'] as const;
  const constants = { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension };
  if (taps < TEAM_TAPS) return { files: [...files, 'alone'], constants, abreast: THREADS };
  // Neighbours in memory are read together: of channels that are innermost, many abreast; otherwise the taps of a row.
  const team = inner >= 8 ? 8 : inner > 1 ? 64 : largestWindow(axes[2]) >= TEAM_TAPS ? 256 : 16;
  const abreast = TEAM_THREADS / team;
  return { files: [...files, 'team'], constants: { ...constants, TEAM: team, ABREAST: abreast }, abreast };
}

function elementFile({ dtype }: Problem): 'float16' | 'float32' {
  return dtype === 'float16' ? 'float16' : 'float32';
}

function perWord({ dtype }: Problem): number {
  return dtype === 'float16' ? 2 : 1;
}

/** So many workgroups as rows of the widest that a dimension can be. */
function grid(workgroups: number, { maxComputeWorkgroupsPerDimension: most }: Limits): readonly [number, number] {
  return [Math.min(workgroups, most), Math.ceil(workgroups / most)];
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function gradientFiles(shared: boolean, exact: boolean): Program['files'] {
  return [
    'terms',
    ...(shared ? ([exact ? 'with-pulls' : 'without-pulls', 'shared-gradient'] as const) : (['own-term', 'own-gradient'] as const)),
  ];
}
