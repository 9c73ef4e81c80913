/** Flags that have an effect only beside others. */
import { kebabCase } from '../arguments/errors.ts';
import { UsageError } from '../exit-codes.ts';
import type { RunFlags } from './flags.ts';

/** When flags have an effect, and what to give for it. */
interface Condition {
  readonly names: readonly (keyof RunFlags)[];
  isMet(flags: Partial<RunFlags>): boolean;
  readonly needs: string;
}

const CONDITIONS: readonly Condition[] = [
  { names: ['beta', 'poolWeights', 'gradient'], isMet: ({ pool }) => pool === 'soft', needs: '--pool soft' },
  { names: ['positions'], isMet: ({ pool }) => pool !== 'max', needs: '--pool soft or average' },
  { names: ['momentum'], isMet: ({ optimizer }) => optimizer === 'sgd', needs: '--optimizer sgd' },
  { names: ['stepSize', 'gamma'], isMet: ({ schedule }) => schedule === 'step', needs: '--schedule step' },
  { names: ['flip'], isMet: ({ augment }) => augment !== 'none', needs: '--augment other than none' },
  { names: ['weightsPrefix'], isMet: ({ weights }) => (weights ?? null) !== null, needs: '--weights' },
  {
    names: ['except'],
    isMet: ({ weights, freeze = [] }) => (weights ?? null) !== null || freeze.includes('all'),
    needs: '--weights or --freeze all',
  },
];

/**
 * Throws a UsageError if a flag was given that has no effect. `flags` are those given, with
 * defaults.
 */
export function refuseUnused(given: { readonly [Name in keyof RunFlags]?: unknown }, flags: Partial<RunFlags>): void {
  for (const { names, isMet, needs } of CONDITIONS) {
    const name = names.find((each) => given[each] !== undefined);
    if (name === undefined || isMet(flags)) continue;
    throw new UsageError(`--${given[name] === false ? 'no-' : ''}${kebabCase(name)} is for ${needs}`);
  }
}

/** Those of some flags that are set and have an effect. */
export function usedFlags<Name extends keyof RunFlags>(flags: Pick<RunFlags, Name>, names: readonly Name[]): UsedFlags<Name> {
  const isUsed = (name: Name): boolean => CONDITIONS.every((condition) => !condition.names.includes(name) || condition.isMet(flags));
  return Object.fromEntries(
    names.filter((name) => flags[name] !== undefined && isUsed(name)).map((name) => [name, flags[name]]),
  ) as UsedFlags<Name>;
}

type UsedFlags<Name extends keyof RunFlags> = { readonly [Each in Name]?: Exclude<RunFlags[Each], undefined> };
