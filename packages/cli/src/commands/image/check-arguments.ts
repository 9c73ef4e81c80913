/** Checks the arguments of `softpool image` before any work. */
import { checkMethodFlags, givenSizes } from '../../shared/arguments/pooling-flags.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import type { ImageFlags } from './options.ts';
import { checkQuality } from './outputs.ts';

/**
 * Throws a UsageError if something is missing, which names all of it, or if flags exclude each
 * other.
 */
export function checkArguments(sources: readonly string[], flags: ImageFlags): void {
  const { compare, enlargeBy, json, output } = flags;
  const sizes = givenSizes(flags);
  const missing = [
    ...(sources.length === 0 && flags.files === undefined ? ['images: give files, folders or patterns, or --files LIST'] : []),
    ...(sizes.length === 0 ? ['size: give --factor N, --kernel N, --size WxH, --width W or --height H'] : []),
    ...(output === undefined && sources.includes(STANDARD_STREAM)
      ? ['output of standard input: give -o FILE, or -o - for standard output']
      : []),
  ];
  if (missing.length > 0) throw new UsageError(`missing ${missing.join('; ')}`);
  if (flags.files === STANDARD_STREAM && sources.includes(STANDARD_STREAM))
    throw new UsageError('- and --files - both read standard input');
  if (sizes.length > 1) throw new UsageError(`${sizes.join(' and ')} exclude each other`);
  checkSizeFlags(flags);
  if (enlargeBy !== undefined && !compare) throw new UsageError('--enlarge-by needs --compare');
  checkMethodFlags(flags);
  if (compare && flags.quality !== undefined) throw new UsageError('--quality and --compare exclude each other');
  if (flags.format !== undefined) checkQuality(flags.format, flags);
  if (flags.pages === 'all' && compare) throw new UsageError('--pages all and --compare exclude each other');
  for (const [flag, isGiven] of [
    ['--linear', flags.linear],
    ['--compare', compare],
    ['--pages all', flags.pages === 'all'],
  ] as const) {
    if (isGiven && flags.profile === 'keep') throw new UsageError(`--profile keep and ${flag} exclude each other`);
  }
  if (flags.metadata === 'keep' && (flags.pages === 'all' || compare)) {
    throw new UsageError(`--metadata keep and ${compare ? '--compare' : '--pages all'} exclude each other`);
  }
  if (flags.force && flags.skipExisting) throw new UsageError('--force and --skip-existing exclude each other');
  if (flags.skipExisting && output === STANDARD_STREAM) throw new UsageError('--skip-existing and -o - exclude each other');
  if (json && output === STANDARD_STREAM) throw new UsageError('--json and -o - both write to standard output; give -o a file');
}

function checkSizeFlags({ factor, kernel, stride, padding, size, width, height, fit, position, smaller }: ImageFlags): void {
  if ((stride !== undefined || padding !== undefined) && kernel === undefined) {
    throw new UsageError('--stride and --padding need --kernel');
  }
  if (smaller !== undefined && (factor ?? kernel) !== undefined) throw new UsageError('--smaller needs --width, --height or --size');
  if (fit !== undefined && size === undefined && (width === undefined || height === undefined)) {
    throw new UsageError('--fit needs --size, or --width and --height');
  }
  if (position !== undefined && fit !== 'cover') throw new UsageError('--position needs --fit cover');
}
