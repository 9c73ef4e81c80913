/** Checks the flags of the encoder before any clip is read. */
import { extname } from 'node:path';
import { checkEncodeOptions } from '@softpool/media/internal';
import { isFramePattern, VideoError } from '@softpool/media/node';
import { problem } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { isVideoFile } from './inputs.ts';
import type { VideoFlags } from './options.ts';
import { encodeOptions } from './process.ts';

/**
 * Throws a UsageError if no result can be encoded as the flags say. Names of clips are not flags:
 * in a folder, an extension that is not written fails for that clip alone.
 */
export async function checkEncoding(outputs: readonly string[], flags: VideoFlags): Promise<void> {
  const isNamed = (path: string): boolean => path === flags.output || (isVideoFile(path) && !isFramePattern(path));
  if (!outputs.every(isNamed)) return;
  const byExtension = new Map(outputs.map((path) => [extname(path).toLowerCase(), path]));
  let first: VideoError | undefined;
  for (const path of byExtension.values()) {
    try {
      await checkEncodeOptions(path, encodeOptions(flags));
      return;
    } catch (error) {
      if (!(error instanceof VideoError)) throw error;
      if (error.reason !== 'unsupported') return; // each clip reports it
      first ??= error;
    }
  }
  if (first !== undefined) throw new UsageError(problem(first), { cause: first });
}
