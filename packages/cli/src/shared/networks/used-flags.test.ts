import { expect, test } from 'vitest';
import { UsageError } from '../exit-codes.ts';
import { DEFAULTS, type RunFlags } from './flags.ts';
import { refuseUnused, usedFlags } from './used-flags.ts';

test.each<[given: Partial<RunFlags>, others: Partial<RunFlags>, message: string]>([
  [{ beta: 2 }, { pool: 'max' }, '--beta is for --pool soft'],
  [{ poolWeights: 'shared' }, { pool: 'average' }, '--pool-weights is for --pool soft'],
  [{ gradient: 'exact' }, { pool: 'max' }, '--gradient is for --pool soft'],
  [{ positions: 'all' }, { pool: 'max' }, '--positions is for --pool soft or average'],
  [{ momentum: 0.5 }, { optimizer: 'adamw' }, '--momentum is for --optimizer sgd'],
  [{ gamma: 0.3 }, { schedule: 'constant' }, '--gamma is for --schedule step'],
  [{ stepSize: 3 }, { schedule: 'cosine' }, '--step-size is for --schedule step'],
  [{ flip: false }, { augment: 'none' }, '--no-flip is for --augment other than none'],
  [{ flip: true }, { augment: 'none' }, '--flip is for --augment other than none'],
  [{ weightsPrefix: '_orig_mod.' }, {}, '--weights-prefix is for --weights'],
  [{ except: ['fc'] }, { freeze: ['conv1'] }, '--except is for --weights or --freeze all'],
])('%o beside %o is refused, and not passed on', (given, others, message) => {
  const flags = { ...DEFAULTS, ...others, ...given };
  expect(() => refuseUnused(given, flags)).toThrow(new UsageError(message));
  const [name] = Object.keys(given) as (keyof typeof DEFAULTS)[];
  expect(usedFlags(flags as RunFlags, [name as keyof RunFlags])).toEqual({});
});

test.each<[given: Partial<RunFlags>, others: Partial<RunFlags>]>([
  [{ beta: 2, poolWeights: 'shared', gradient: 'exact', positions: 'all' }, {}],
  [{ positions: 'all' }, { pool: 'average' }],
  [{ flip: false }, { augment: 'cifar' }],
  [{ flip: false }, {}],
  [{ momentum: 0.5, stepSize: 3, gamma: 0.3 }, {}],
  [{ weightsPrefix: '_orig_mod.', except: ['fc'] }, { weights: 'fc.pth' }],
  [{ except: ['fc'] }, { freeze: ['all'] }],
])('%o beside %o has an effect', (given, others) => {
  const flags = { ...DEFAULTS, ...others, ...given };
  expect(() => refuseUnused(given, flags)).not.toThrow();
  expect(usedFlags(flags as RunFlags, Object.keys(given) as (keyof RunFlags)[])).toEqual(given);
});
