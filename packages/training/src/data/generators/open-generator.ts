/** Opens a generator by name, with its options as a query string. */
import { checkKeys, rangeError } from 'softpool/internal';
import type { DataSet, Split } from '../data-set.ts';
import { movingShapes } from './moving-shapes.ts';
import { texturedShapes } from './textured-shapes.ts';

/** The names of the generators. */
export const GENERATORS = ['moving-shapes', 'textured-shapes'] as const;

const OPTIONS = {
  'moving-shapes': ['samples', 'frames', 'size', 'noise', 'clutter', 'jitter', 'ambiguity'],
  'textured-shapes': ['samples', 'size', 'noise'],
} as const;

/** Keeps the seeds of training and validation far apart. */
const VALIDATION_SEED = 0x5eed;

/**
 * Opens a generator, as in `moving-shapes?samples=2000`. Returns undefined for an unknown name and
 * throws a RangeError or TypeError for an invalid option.
 */
export function openGenerator(
  spec: string,
  { split = 'all', seed = 0 }: { split?: Split | undefined; seed?: number | undefined },
): DataSet | undefined {
  const [given = '', query = ''] = spec.split('?', 2);
  const name = GENERATORS.find((generator) => generator === given);
  if (name === undefined) return undefined;
  const options = parsed(name, query);
  const { samples = 2000 } = options;
  const isValidation = split === 'validation';
  const made = {
    ...options,
    samples: isValidation && Number.isInteger(samples) ? Math.max(1, Math.round(samples / 4)) : samples,
    seed: isValidation ? seed ^ VALIDATION_SEED : seed,
  };
  return name === 'moving-shapes' ? movingShapes(made) : texturedShapes(made);
}

function parsed(name: (typeof GENERATORS)[number], query: string): { samples?: number } {
  const entries = Array.from(new URLSearchParams(query), ([option, text]) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) throw rangeError(name, option, 'a number', text);
    return [option, value] as const;
  });
  const options = Object.fromEntries(entries);
  checkKeys(name, options, OPTIONS[name]);
  return options;
}
