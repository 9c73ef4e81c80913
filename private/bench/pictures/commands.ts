/** Whole commands on the same files. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { execPath } from 'node:process';
import { type Run, timedRun } from '../timed-command.ts';

/** The settings of malloc of packages/cli/src/shared/malloc-settings.ts. */
const TUNABLES = 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1';

const OUTPUT = 'bench-output/pictures/out';

/** Runs of `factor` on `files`, by name. Throws if GNU time is missing. */
export function commandsOn(files: readonly string[], factor: number): Record<string, () => Promise<Run>> {
  const sharp = (shrink: string): string[] => [execPath, 'private/bench/pictures/sharp-command.mjs', `${factor}`, OUTPUT, shrink, ...files];
  const softpool = [execPath, 'packages/cli/bin/softpool.js', 'image', ...files, '-o', OUTPUT, '--factor', `${factor}`, '--quiet'];
  const magick = findMagick();
  const isJpeg = files[0]?.endsWith('.jpg');
  return {
    'softpool image': () => measure(softpool),
    'sharp lanczos3, all pixels decoded': () => measure(sharp('decode')),
    "sharp lanczos3, all pixels decoded, with softpool's settings of malloc": () =>
      measure(['env', `GLIBC_TUNABLES=${TUNABLES}`, ...sharp('decode')]),
    ...(isJpeg && { 'sharp lanczos3, shrinking while decoding': () => measure(sharp('shrink')) }),
    ...(magick && { 'ImageMagick -filter Lanczos, one file after another': () => measure(magick(files, factor)) }),
  };
}

async function measure(command: readonly string[]): Promise<Run> {
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  return timedRun(`${OUTPUT}.time`, command);
}

/** ImageMagick's command for all files, if one of its programs is in the PATH. */
function findMagick(): ((files: readonly string[], factor: number) => string[]) | undefined {
  const program = ['magick', 'convert-im6.q16', 'convert'].find((name) => {
    try {
      return execFileSync(name, ['-version'], { encoding: 'utf8' }).includes('ImageMagick');
    } catch {
      return false;
    }
  });
  if (program === undefined) return undefined;
  return (files, factor) => {
    const convert = (file: string): string => `${program} "${file}" -filter Lanczos -resize ${100 / factor}% "${OUTPUT}/${basename(file)}"`;
    return ['sh', '-c', files.map(convert).join(' && ')];
  };
}
