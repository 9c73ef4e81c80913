/** Generators by name, with their options as a query. */
import type { DataSet } from './data-set.ts';
import { movingShapes } from './moving-shapes.ts';
import { texturedShapes } from './textured-shapes.ts';

/** The names of the generators. */
export const GENERATORS = ['moving-shapes', 'textured-shapes'] as const;

const OPTIONS = {
  'moving-shapes': ['samples', 'frames', 'size', 'noise', 'clutter', 'jitter', 'ambiguity'],
  'textured-shapes': ['samples', 'size', 'noise'],
} as const;

/** Spread over the seeds of training and validation so that they are not each other's neighbours. */
const VALIDATION_SEED = 0x5eed;

/** The data set of a generator, as in `moving-shapes?samples=2000`; undefined if the name is none. Throws a RangeError if an option makes no sense. */
export function openGenerator(
  spec: string,
  { part = 'all', seed = 0 }: { part?: 'training' | 'validation' | 'evaluation' | 'all'; seed?: number },
): DataSet | undefined {
  const [given = '', query = ''] = spec.split('?', 2);
  const name = GENERATORS.find((generator) => generator === given);
  if (name === undefined) return undefined;
  const options = parsed(name, query);
  const { samples = 2000 } = options;
  const isValidation = part === 'validation' || part === 'evaluation';
  const made = {
    ...options,
    samples: isValidation && Number.isInteger(samples) ? Math.max(1, Math.round(samples / 4)) : samples,
    seed: isValidation ? seed ^ VALIDATION_SEED : seed,
  };
  return name === 'moving-shapes' ? movingShapes(made) : texturedShapes(made);
}

function parsed(name: (typeof GENERATORS)[number], query: string): { samples?: number } {
  const known: readonly string[] = OPTIONS[name];
  const entries = Array.from(new URLSearchParams(query), ([option, text]) => {
    if (!known.includes(option)) throw new RangeError(`${name}: there is no option ${option}; there are ${known.join(', ')}`);
    if (text.trim() === '' || !Number.isFinite(Number(text)))
      throw new RangeError(`${name}: ${option} must be a number, received ${text || 'nothing'}`);
    return [option, Number(text)] as const;
  });
  return Object.fromEntries(entries);
}
