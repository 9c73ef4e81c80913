/**
 * Problem → steps: the programs that compute it, in order, and how much each of their workgroups
 * does.
 */
import type { Job, Problem } from '../api/job.ts';
import { type BlockShape, largestWindow } from './problem-block.ts';
import type { BufferName, Program } from './programs.ts';
import { type Quads, quadsOf, tilesOf } from './quads.ts';

/** A program, and how many elements each of its workgroups computes. */
export interface Step {
  readonly program: Program;
  /** The kind of elements. */
  readonly of: 'inputs' | 'outputs' | 'positions' | 'taps' | 'planes';
  readonly perWorkgroup: number;
}

/** The limits of a device that programs depend on. */
export type GridLimits = Pick<GPUSupportedLimits, 'maxComputeWorkgroupsPerDimension'>;

/** Larger windows are shared by the threads of a team. */
const TEAM_TAPS = 128;

const THREADS = 64;
const TEAM_THREADS = 256;

/** The steps of a problem. */
export function stepsFor(kind: Job['kind'], problem: Problem, shape: BlockShape, limits: GridLimits): Step[] {
  return kind === 'forward' ? forwardSteps(problem, shape, limits) : gradientSteps(problem, shape, limits);
}

function forwardSteps(problem: Problem, shape: BlockShape, limits: GridLimits): Step[] {
  const quads = quadsOf(shape);
  if (quads !== undefined) return [quadStep(problem, quads, limits, ['quads-forward'], {}, ['tables', 'x', 'xQuads'], 'yQuads')];
  const shared = shape.channels > 1;
  const window = windowProgram(problem, shape, limits);
  const forward: Step = {
    program: {
      files: [...window.files, 'window', 'forward'],
      constants: window.constants,
      reads: ['tables', 'x', ...(shared ? (['positions'] as const) : [])],
      writes: ['y'],
    },
    of: 'outputs',
    perWorkgroup: window.perWorkgroup * perWord(problem),
  };
  return shared ? [positionsStep(problem, limits), forward] : [forward];
}

function gradientSteps(problem: Problem, shape: BlockShape, limits: GridLimits): Step[] {
  const shared = shape.channels > 1;
  const exact = problem.operator.gradient === 'exact';
  const quads = quadsOf(shape);
  if (quads?.isDisjoint) {
    const files = ['terms', 'per-channel-term', quads.isLast ? 'quad-write-last' : 'quad-write-first', 'quads-gradient'] as const;
    return [quadStep(problem, quads, limits, files, { EXACT: exact }, ['tables', 'x', 'xQuads', 'dyQuads'], 'dxQuads')];
  }
  const tiles = quads && tilesOf(shape, quads);
  if (quads !== undefined && tiles !== undefined) {
    const constants = { EXACT: exact, ...tiles.constants };
    const step = quadStep(
      problem,
      quads,
      limits,
      ['terms', 'per-channel-term', 'tiles'],
      constants,
      ['tables', 'x', 'xQuads', 'dyQuads'],
      'dxQuads',
    );
    return [{ ...step, of: 'planes', perWorkgroup: 1 / tiles.perPlane }];
  }
  const window = windowProgram(problem, shape, limits);
  const statistics: Step = {
    program: {
      files: [...window.files, 'window', shared ? 'shared-statistics' : 'per-channel-statistics', 'statistics'],
      constants: window.constants,
      reads: ['tables', 'x', 'dy', ...(shared ? (['positions'] as const) : [])],
      writes: shared ? ['statistics', 'windows'] : ['statistics'],
    },
    of: 'outputs',
    perWorkgroup: window.perWorkgroup,
  };
  const constants = { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension };
  const logitGradients: Step = {
    program: {
      files: [elementFile(problem), 'dispatch', 'logit-gradients'],
      constants,
      reads: ['tables', 'x', 'statistics', 'windows'],
      writes: ['logitGradients'],
    },
    of: 'taps',
    perWorkgroup: THREADS,
  };
  const gradient: Step = {
    program: {
      files: [elementFile(problem), 'dispatch', ...gradientFiles(shared, exact), 'gradient'],
      constants: { ...constants, EXACT: exact, DILATED: shape.axes.some((axis) => axis.dilation > 1) },
      reads: [
        'tables',
        'x',
        'statistics',
        ...(shared ? (['positions', 'windows'] as const) : []),
        ...(shared && exact ? (['logitGradients'] as const) : []),
      ],
      writes: ['dx'],
    },
    of: 'inputs',
    perWorkgroup: THREADS * perWord(problem),
  };
  if (!shared) return [statistics, gradient];
  return [positionsStep(problem, limits), statistics, ...(exact ? [logitGradients] : []), gradient];
}

/**
 * A step of kernels/quads.wgsl. Windows with numbers that are not moderate are computed by
 * kernels/window.wgsl.
 */
function quadStep(
  problem: Problem,
  { constants, isLast }: Quads,
  limits: GridLimits,
  files: Program['files'],
  others: Program['constants'],
  reads: readonly BufferName[],
  writes: BufferName,
): Step {
  const rows = isLast ? 'quad-rows-last' : 'quad-rows-first';
  const stored = problem.dtype === 'float16' ? 'quads16' : 'quads32';
  return {
    program: {
      files: [elementFile(problem), 'per-channel-weights', 'dispatch', 'thread-per-window', 'window', stored, rows, 'quads', ...files],
      constants: { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension, ...constants, ...others },
      reads,
      writes: [writes],
    },
    of: 'outputs',
    perWorkgroup: 4 * THREADS,
  };
}

function positionsStep(problem: Problem, limits: GridLimits): Step {
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

/** The files before `window.wgsl`: a thread for each window, or a team for each large one. */
function windowProgram(
  problem: Problem,
  { axes, inner, channels }: BlockShape,
  limits: GridLimits,
): { files: Program['files']; constants: Program['constants']; perWorkgroup: number } {
  const taps = axes.reduce((size, axis) => size * largestWindow(axis), 1);
  const files = [elementFile(problem), channels > 1 ? 'shared-weights' : 'per-channel-weights', 'dispatch'] as const;
  const constants = { GRID_WIDTH: limits.maxComputeWorkgroupsPerDimension };
  if (taps < TEAM_TAPS) return { files: [...files, 'thread-per-window'], constants, perWorkgroup: THREADS };
  // A workgroup reads neighbors in memory: innermost channels in many windows, otherwise the taps
  // of a row.
  const team = inner >= 8 ? 8 : inner > 1 ? 64 : largestWindow(axes[2]) >= TEAM_TAPS ? 256 : 16;
  const perWorkgroup = TEAM_THREADS / team;
  return { files: [...files, 'team-per-window'], constants: { ...constants, TEAM: team, PER_GROUP: perWorkgroup }, perWorkgroup };
}

function elementFile({ dtype }: Problem): 'float16' | 'float32' {
  return dtype === 'float16' ? 'float16' : 'float32';
}

function perWord({ dtype }: Problem): number {
  return dtype === 'float16' ? 2 : 1;
}

function gradientFiles(shared: boolean, exact: boolean): Program['files'] {
  return [
    'terms',
    ...(shared
      ? ([exact ? 'with-logit-gradients' : 'without-logit-gradients', 'shared-gradient'] as const)
      : (['per-channel-term', 'per-channel-gradient'] as const)),
  ];
}
