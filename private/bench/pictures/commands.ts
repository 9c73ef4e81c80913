/** Whole commands on the same files: wall-clock time, processor time and peak memory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { execPath } from 'node:process';

/** One run of a command. */
export interface Run {
  readonly wall: number;
  readonly processor: number;
  readonly megabytes: number;
}

const TIME = '/usr/bin/time';
const OUTPUT = 'bench-output/pictures/out';

/** Runs of `factor` on `files`, by name. Throws if GNU time is missing. */
export function commandsOn(files: readonly string[], factor: number): Record<string, () => Promise<Run>> {
  const sharp = (shrink: string): string[] => [execPath, 'private/bench/pictures/sharp-command.mjs', `${factor}`, OUTPUT, shrink, ...files];
  const softpool = [execPath, 'packages/cli/dist/main.js', 'image', ...files, '-o', OUTPUT, '--factor', `${factor}`, '--quiet'];
  const magick = findMagick();
  const isJpeg = files[0]?.endsWith('.jpg');
  return {
    'softpool image': () => measure(softpool),
    'sharp lanczos3, all pixels decoded': () => measure(sharp('decode')),
    ...(isJpeg && { 'sharp lanczos3, shrinking while decoding': () => measure(sharp('shrink')) }),
    ...(magick && { 'ImageMagick -filter Lanczos, one file after another': () => measure(magick(files, factor)) }),
  };
}

async function measure(command: readonly string[]): Promise<Run> {
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const report = `${OUTPUT}.time`;
  const { status, stderr, error } = spawnSync(TIME, ['-o', report, '-f', '%e %U %S %M', ...command], { encoding: 'utf8' });
  if (error) throw new Error(`the benchmark of pictures needs GNU time as ${TIME}`, { cause: error });
  if (status !== 0) throw new Error(`${command.slice(0, 4).join(' ')} failed: ${stderr}`);
  const [wall, user, system, kilobytes] = readFileSync(report, 'utf8').trim().split(' ').map(Number) as [number, number, number, number];
  return { wall, processor: user + system, megabytes: kilobytes / 1000 };
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
