import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Job, newProblem, type Problem } from '../api/job.ts';
import { checkOperator, type GradientOptions, type PoolOptions } from '../api/options.ts';
import { checkGlobalWindows, checkPoolWindows } from '../geometry/check-windows.ts';
import { type Plan, planFor } from './plan.ts';
import { programText } from './programs.ts';

const LIMITS = { maxStorageBufferBindingSize: 2 ** 27, minStorageBufferOffsetAlignment: 256, maxComputeWorkgroupsPerDimension: 65535 };
const K2S2 = { kernelSize: 2 } as const;
const K3S2 = { kernelSize: 3, stride: 2, padding: 1 } as const;

function plan(kind: Job['kind'], problem: Problem, limits = LIMITS): Plan {
  return planFor('softPool', kind, problem, limits);
}

function problemFor(dtype: Problem['dtype'], shape: readonly number[], options: PoolOptions & GradientOptions): Problem {
  const windows = checkPoolWindows('softPool2d', 'x.shape', shape, 2, options);
  return newProblem('softPool2d', dtype, windows, checkOperator('softPool2d', options));
}

function globalProblem(shape: readonly number[]): Problem {
  return newProblem('globalSoftPool', 'float32', checkGlobalWindows('globalSoftPool', 'x.shape', shape, {}), checkOperator('', {}));
}

/** The last file of each program, which has its entry point. */
function entries({ programs }: Plan): (string | undefined)[] {
  return programs.map(({ files }) => files.at(-1));
}

describe('the programs of a problem are', () => {
  const first = (options: PoolOptions & GradientOptions, shape = [2, 8, 16, 16]): Problem => problemFor('float32', shape, options);

  test('four windows per thread, if rows or channels are whole quads', () => {
    expect(entries(plan('forward', first(K2S2)))).toEqual(['quads-forward']);
    expect(entries(plan('forward', first({ ...K3S2, layout: 'channelsLast' })))).toEqual(['quads-forward']);
    expect(entries(plan('forward', first(K2S2, [2, 8, 16, 18])))).toEqual(['forward']);
    expect(entries(plan('forward', first({ kernelSize: 7, stride: 1, padding: 3 })))).toEqual(['forward']);
  });

  test('one for a gradient: by windows if they do not overlap, else by tiles', () => {
    expect(entries(plan('gradient', first(K2S2)))).toEqual(['quads-gradient']);
    expect(entries(plan('gradient', first(K3S2)))).toEqual(['tiles']);
    expect(entries(plan('gradient', first(K3S2, [2, 8, 15, 15])))).toEqual(['statistics', 'gradient']);
  });

  test('with shared weights first that of positions, and for the exact gradient that of logits', () => {
    expect(entries(plan('forward', first({ ...K2S2, weights: 'shared' })))).toEqual(['positions', 'forward']);
    expect(entries(plan('gradient', first({ ...K2S2, weights: 'shared' })))).toEqual(['positions', 'statistics', 'gradient']);
    const exact = first({ ...K2S2, weights: 'shared', gradient: 'exact' });
    expect(entries(plan('gradient', exact))).toEqual(['positions', 'statistics', 'logit-gradients', 'gradient']);
  });

  test('teams of threads for large windows', () => {
    const { programs, parts } = plan('forward', globalProblem([2, 3, 40, 50]));
    expect(programs[0]?.files).toContain('team-per-window');
    expect(programs[0]?.constants).toMatchObject({ TEAM: 256, PER_GROUP: 1 });
    expect(parts.map(({ workgroups }) => workgroups)).toEqual([[[6, 1]]]);
  });

  test('the same text for other sizes of the same windows, so that it is compiled once', () => {
    const texts = [16, 24, 64].map((size) => plan('gradient', first(K2S2, [1, 4, size, size])).programs.map(programText));
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
  });
});

describe('a plan', () => {
  test('reads every byte of the tensors once, in parts that fit a binding', () => {
    const problem = problemFor('float16', [7, 5, 8, 12], { kernelSize: 3, stride: 1, dilation: 2 });
    const { parts } = plan('forward', problem, { ...LIMITS, maxStorageBufferBindingSize: 2000 });
    const bytes = 7 * 5 * 8 * 12 * 2;
    let end = 0;
    for (const { ranges } of parts) {
      const { offset, size } = ranges.x ?? { offset: Number.NaN, size: Number.NaN };
      expect(offset % 256).toBe(0);
      expect(size).toBeLessThanOrEqual(2000);
      expect(offset).toBeLessThanOrEqual(end);
      end = offset + size;
    }
    expect(end).toBe(bytes);
  });

  test('splits a problem so that scratch stays small', () => {
    const large = problemFor('float32', [32, 64, 113, 113], { kernelSize: 3, stride: 1 });
    const { scratch, parts } = plan('gradient', large);
    expect(scratch.statistics).toBeLessThanOrEqual(64 * 2 ** 20);
    expect(parts.length).toBeGreaterThan(1);
  });
});

test('programs have the tested text', () => {
  // A driver compiles these texts. After an intended change, update the digests with
  // `npx vitest -u`.
  const problems: [string, Job['kind'], Problem][] = [
    ['2×2/2, channelsFirst', 'forward', problemFor('float32', [1, 4, 16, 16], K2S2)],
    [
      '2×2/2, channelsLast, float16, exact gradient',
      'gradient',
      problemFor('float16', [1, 16, 16, 4], { ...K2S2, layout: 'channelsLast', gradient: 'exact' }),
    ],
    ['3×3/2, channelsFirst, exact gradient', 'gradient', problemFor('float32', [1, 4, 16, 16], { ...K3S2, gradient: 'exact' })],
    ['any window', 'forward', problemFor('float32', [1, 4, 15, 15], { kernelSize: 5, dilation: 2 })],
    ['any window, gradient', 'gradient', problemFor('float16', [1, 4, 15, 15], { kernelSize: 5, dilation: 2 })],
    [
      'shared weights, exact gradient',
      'gradient',
      problemFor('float32', [1, 4, 15, 15], { ...K2S2, weights: 'shared', gradient: 'exact' }),
    ],
    ['global', 'forward', globalProblem([1, 4, 40, 40])],
  ];
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
  const digests = problems.map(([name, kind, problem]) => [name, ...plan(kind, problem).programs.map(programText).map(digest)]);
  expect(digests).toMatchInlineSnapshot(`
    [
      [
        "2×2/2, channelsFirst",
        "cee5fd657cdd8e7e",
      ],
      [
        "2×2/2, channelsLast, float16, exact gradient",
        "7c4142b26979a6d2",
      ],
      [
        "3×3/2, channelsFirst, exact gradient",
        "2ec8b77bf7014b7b",
      ],
      [
        "any window",
        "226ac216ca84a90d",
      ],
      [
        "any window, gradient",
        "9c01c5c9c2096586",
        "abc23a9f3e5b49fc",
      ],
      [
        "shared weights, exact gradient",
        "71052e7bf050238c",
        "017a74b0b197f52d",
        "c4ccad1bd8a155ba",
        "c05a63eec992f143",
      ],
      [
        "global",
        "639786d6cd29dae2",
      ],
    ]
  `);
});
