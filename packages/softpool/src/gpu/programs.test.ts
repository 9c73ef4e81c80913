/** Which programs compute a problem, and their text. `npx vitest -u` renews the snapshots; what changes in them is what a driver will compile. */
import { describe, expect, test } from 'vitest';
import { globalProblem, type Problem, poolProblem } from '../calls.ts';
import { makePlan, type Plan } from './plan.ts';
import { programText } from './programs.ts';

const LIMITS = { maxStorageBufferBindingSize: 2 ** 27, minStorageBufferOffsetAlignment: 256, maxComputeWorkgroupsPerDimension: 65535 };
const K2S2 = { kernelSize: 2 } as const;
const K3S2 = { kernelSize: 3, stride: 2, padding: 1 } as const;

function plan(problem: Problem, gradient: boolean, limits = LIMITS): Plan {
  return makePlan('softPool', problem, gradient, limits);
}

/** The last file of each program, where its entry point is. */
function entries({ programs }: Plan): (string | undefined)[] {
  return programs.map(({ files }) => files.at(-1));
}

describe('the programs of a problem are', () => {
  const first = (options: Parameters<typeof poolProblem>[4], shape = [2, 8, 16, 16]): Problem =>
    poolProblem('softPool2d', 2, 'float32', shape, options);

  test('four windows a thread, where rows or channels are whole quads', () => {
    expect(entries(plan(first(K2S2), false))).toEqual(['quads-forward']);
    expect(entries(plan(first({ ...K3S2, layout: 'channelsLast' }), false))).toEqual(['quads-forward']);
    expect(entries(plan(first(K2S2, [2, 8, 16, 18]), false))).toEqual(['forward']);
    expect(entries(plan(first({ kernelSize: 7, stride: 1, padding: 3 }), false))).toEqual(['forward']);
  });

  test('one for a gradient: window by window where they lie apart, by tiles where they overlap', () => {
    expect(entries(plan(first(K2S2), true))).toEqual(['quads-gradient']);
    expect(entries(plan(first(K3S2), true))).toEqual(['tiles']);
    expect(entries(plan(first(K3S2, [2, 8, 15, 15]), true))).toEqual(['statistics', 'gradient']);
  });

  test('with shared weights those of the positions first, and for the exact gradient the pulls', () => {
    expect(entries(plan(first({ ...K2S2, weights: 'shared' }), false))).toEqual(['positions', 'forward']);
    expect(entries(plan(first({ ...K2S2, weights: 'shared' }), true))).toEqual(['positions', 'statistics', 'gradient']);
    const exact = first({ ...K2S2, weights: 'shared', gradient: 'exact' });
    expect(entries(plan(exact, true))).toEqual(['positions', 'statistics', 'pulls', 'gradient']);
  });

  test('teams of threads for large windows', () => {
    const { programs, parts } = plan(globalProblem('globalSoftPool', 'float32', [2, 3, 40, 50], {}), false);
    expect(programs[0]?.files).toContain('team');
    expect(programs[0]?.constants).toMatchObject({ TEAM: 256, ABREAST: 1 });
    expect(parts.map(({ workgroups }) => workgroups)).toEqual([[[6, 1]]]);
  });

  test('the same text for other sizes of the same windows, so that it is compiled once', () => {
    const texts = [16, 24, 64].map((size) => plan(first(K2S2, [1, 4, size, size]), true).programs.map(programText));
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
  });
});

describe('a plan', () => {
  test('reads every byte of the tensors once, in parts that bindings can reach', () => {
    const problem = poolProblem('softPool2d', 2, 'float16', [7, 5, 8, 12], { kernelSize: 3, stride: 1, dilation: 2 });
    const { parts } = plan(problem, false, { ...LIMITS, maxStorageBufferBindingSize: 2000 });
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

  test('cuts what programs pass to each other, so that it stays small', () => {
    const large = poolProblem('softPool2d', 2, 'float32', [32, 64, 113, 113], { kernelSize: 3, stride: 1 });
    const { scratch, parts } = plan(large, true);
    expect(scratch.statistics).toBeLessThanOrEqual(64 * 2 ** 20);
    expect(parts.length).toBeGreaterThan(1);
  });
});

describe('the text of', () => {
  const problems: [string, Problem, boolean][] = [
    ['2×2/2, channelsFirst', poolProblem('', 2, 'float32', [1, 4, 16, 16], K2S2), false],
    [
      '2×2/2, channelsLast, float16, exact gradient',
      poolProblem('', 2, 'float16', [1, 16, 16, 4], { ...K2S2, layout: 'channelsLast', gradient: 'exact' }),
      true,
    ],
    ['3×3/2, channelsFirst, exact gradient', poolProblem('', 2, 'float32', [1, 4, 16, 16], { ...K3S2, gradient: 'exact' }), true],
    ['any window', poolProblem('', 2, 'float32', [1, 4, 15, 15], { kernelSize: 5, dilation: 2 }), false],
    ['any window, gradient', poolProblem('', 2, 'float16', [1, 4, 15, 15], { kernelSize: 5, dilation: 2 }), true],
    [
      'shared weights, exact gradient',
      poolProblem('', 2, 'float32', [1, 4, 15, 15], { ...K2S2, weights: 'shared', gradient: 'exact' }),
      true,
    ],
    ['global', globalProblem('', 'float32', [1, 4, 40, 40], {}), false],
  ];
  test.for(problems)('%s', async ([name, problem, gradient]) => {
    const text = plan(problem, gradient).programs.map(programText).join('\n// Next program\n\n');
    await expect(text).toMatchFileSnapshot(`snapshots/${name.replaceAll('×', 'x').replaceAll(/\W+/g, '-')}.wgsl`);
  });
});
