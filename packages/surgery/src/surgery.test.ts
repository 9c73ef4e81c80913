import { describe, expect, test } from 'vitest';
import {
  type CheckedSwapOptions,
  changeOf,
  changesTable,
  checkNames,
  checkSwapOptions,
  decide,
  type PoolingInfo,
  type PoolingSite,
  type PoolingWindow,
  poolingInWords,
  poolingsTable,
  type SwapPoolingOptions,
  whyUnchanged,
} from './index.ts';

const OFFERED = { keys: ['from', 'to', 'where', 'window', 'beta', 'weights', 'gradient'], targets: ['soft', 'max', 'average'] } as const;
const THREE: PoolingWindow = { kernelSize: [3, 3], stride: [2, 2], dilation: [1, 1], padding: 'same', ceilMode: false };
const TWO: PoolingWindow = { ...THREE, kernelSize: [2, 2] };

function checked(options: SwapPoolingOptions = {}): CheckedSwapOptions {
  return checkSwapOptions('swap', options, OFFERED);
}

function infoOf(kind: PoolingInfo['kind'], more: Partial<PoolingInfo> = {}): PoolingInfo {
  return {
    ...{ index: 0, name: 'pool', path: 'block/pool', type: 'Pool', kind, operator: undefined, obstacle: undefined },
    window: kind.startsWith('global') ? undefined : THREE,
    ...{ elementType: 'float32', inputShape: undefined, outputShape: [null, 'H', 4] },
    ...more,
  };
}

function siteOf(info: PoolingInfo, more: Partial<PoolingSite> = {}): PoolingSite {
  return { info, fitted: (window, { kernelSize }) => ({ ...window, kernelSize }), ...more };
}

/** What happens to a pooling: action, result and reason. */
function swapped(info: PoolingInfo, options: SwapPoolingOptions = {}, more: Partial<PoolingSite> = {}): string[] {
  const given = checked(options);
  const { action, after, reason } = changeOf(info, decide(siteOf(info, more), given), given);
  return [action, after, reason];
}

describe('a pooling', () => {
  test('that counts padding as zeros says so, and loses it with the kind', () => {
    const info = infoOf('soft', { window: { ...THREE, padMode: 'zeros' } });
    expect(poolingInWords(info)).toBe('soft 3×3/2 same with zeros');
    expect(swapped(info, { from: 'soft', to: 'average' })).toEqual([
      'replaced',
      'average 3×3/2 same',
      'same window; its padding does not count as zeros any more',
    ]);
  });

  test('is replaced if `from` and `where` select it, and global pooling stays global', () => {
    expect(swapped(infoOf('max'), { window: 'same' })).toEqual(['replaced', 'soft 3×3/2 same', 'same window']);
    expect(swapped(infoOf('average'))).toEqual(['kept', 'average 3×3/2 same', 'not selected by `from`']);
    expect(swapped(infoOf('globalMax'))).toEqual(['kept', 'global max', 'not selected by `from`']);
    expect(swapped(infoOf('globalMax'), { from: 'globalMax', beta: 2 })).toEqual(['replaced', 'global soft, β 2', 'selected by `from`']);
    expect(swapped(infoOf('globalSoft'), { from: 'globalSoft', to: 'average' })[1]).toBe('global average');
    expect(swapped(infoOf('soft'))).toEqual(['kept', 'soft 3×3/2 same', 'already soft pooling']);
  });

  test.each<[SwapPoolingOptions['where'], string]>([
    [['pool'], 'replaced'],
    [['block/pool'], 'replaced'],
    [[0], 'replaced'],
    [[], 'kept'],
    [({ type }) => type === 'Pool', 'replaced'],
    [() => false, 'kept'],
  ])('is selected by name, path, index or function: %s', (where, action) => {
    expect(swapped(infoOf('max'), { where })[0]).toBe(action);
  });

  test('is refused with its obstacle, if it is selected', () => {
    const info = infoOf('max', { obstacle: 'it has indices' });
    expect(swapped(info)).toEqual(['refused', 'max 3×3/2 same', 'it has indices']);
    expect(swapped(info, { where: [] })[0]).toBe('kept');
    const obstacleTo = (to: string): string => `no ${to}`;
    expect(swapped(infoOf('max'), { to: 'average' }, { obstacleTo })[2]).toBe('no average');
  });

  test('gets the paper’s window if it is max pooling that becomes soft and keeps its output size', () => {
    expect(swapped(infoOf('max'))).toEqual(['replaced', 'soft 2×2/2 same', '2×2/2 as in the paper: same output size']);
    expect(swapped(infoOf('average'), { from: 'average' })[1]).toBe('soft 3×3/2 same');
    expect(swapped(infoOf('max'), { to: 'average' })[1]).toBe('average 3×3/2 same');
    expect(swapped(infoOf('max', { window: TWO }))[2]).toBe('same window');
    const unpadded = infoOf('max', {
      window: {
        ...THREE,
        padding: [
          [0, 0],
          [0, 0],
        ],
      },
    });
    expect(swapped(unpadded)).toEqual(['replaced', 'soft 3×3/2', 'same window: 2×2/2 would change output sizes']);
  });

  test('loses the zeros before it where the paper’s window does without them', () => {
    const info = infoOf('max', {
      window: {
        ...THREE,
        padding: [
          [0, 0],
          [0, 0],
        ],
      },
    });
    const zeros = { name: 'pad1', around: [[1, 1], [1, 1]] } as const; // biome-ignore format: short
    expect(swapped(info, {}, { zeros })[2]).toBe('2×2/2 as in the paper without the zeros of pad1: same output size');
    expect(decide(siteOf(info, { zeros }), checked())).toMatchObject({ dropsZeros: true });
    expect(decide(siteOf(info, { zeros }), checked({ window: 'same' }))).toMatchObject({
      dropsZeros: false,
      reason: 'same window; the zeros of pad1 count in it',
    });
    const needed = { name: 'pad1', around: undefined };
    expect(swapped(info, {}, { zeros: needed })[2]).toBe('same window: 2×2/2 would change output sizes; the zeros of pad1 count in it');
  });
});

test.each<[SwapPoolingOptions, string]>([
  [{ from: ['max', 'globalSoft'] }, "options.from must be a kind other than options.to, which is 'soft', received 'globalSoft'"],
  [{ to: 'globalMax' as 'max' }, "options.to must be 'soft' or 'max' or 'average', received 'globalMax'"],
  [{ where: [-1] }, 'options.where must be a list of names, paths or indices of poolings, or a function, received [-1]'],
  [{ from: 'soft', to: 'max', gradient: 'exact' }, "options.gradient must be left out when options.to is 'max', received 'exact'"],
  [{ to: 'max' }, "options.from must be given if options.to is 'max': its default is 'max', received undefined"],
  [{ to: 'average', window: 'paper' }, "options.window must be left out when options.to is 'average', received 'paper'"],
  [{ beta: -1 }, 'options.beta must be a finite number ≥ 0, received -1'],
])('options that contradict each other are refused: %j', (options, message) => {
  expect(() => checked(options)).toThrow(`swap: ${message}`);
});

test('a name that no pooling has is an error that lists the names', () => {
  expect(() => checkNames(checked({ where: ['pool', 'head'] }), [infoOf('max')])).toThrow(
    "swap: options.where[1] must be the name, path or index of a pooling, received 'head'; the model has block/pool",
  );
  expect(() => checkNames(checked({ where: [0] }), [])).toThrow('received 0; the model has no pooling');
  expect(() => checkNames(checked({ where: () => true }), [])).not.toThrow();
});

test.each<[Partial<PoolingInfo> & Pick<PoolingInfo, 'kind'>, string]>([
  [{ kind: 'max', window: { ...THREE, stride: [1, 2], dilation: [2, 2] } }, 'max 3×3/1×2 dilated 2 same'],
  [{ kind: 'max', window: { ...THREE, padding: 'sameLower' } }, 'max 3×3/2 same, lower'],
  [
    {
      kind: 'average',
      window: {
        ...THREE,
        padding: [
          [1, 0],
          [0, 1],
        ],
        ceilMode: true,
      },
    },
    'average 3×3/2 pad 1+0 × 0+1, ceil',
  ],
  [
    { kind: 'soft', operator: { beta: 0, weights: 'shared', gradient: 'exact' } },
    'soft (invalid window), β 0, shared weights, exact gradient',
  ],
])('a pooling in words: %#', ({ kind, window, operator }, words) => {
  expect(poolingInWords({ kind, window, operator })).toBe(words);
});

test('the report as a table, and why nothing changed', () => {
  const infos = [
    infoOf('average'),
    infoOf('max', {
      obstacle: 'it has indices',
      outputShape: [
        [1, 2],
        [1, 3],
      ],
    }),
  ];
  const report = infos.map((info) => changeOf(info, decide(siteOf(info), checked()), checked()));
  expect(changesTable(report).rows).toEqual([
    ['block/pool', 'average 3×3/2 same', 'kept', '? × H × 4', 'not selected by `from`'],
    ['block/pool', 'max 3×3/2 same', 'refused', '1 × 2 or 1 × 3', 'it has indices'],
  ]);
  expect(poolingsTable(infos).rows.map((row) => row.at(-1))).toEqual(['yes', 'it has indices']);
  expect(whyUnchanged(report)).toBe('block/pool, max 3×3/2 same, was refused (it has indices), and 1 more');
});
