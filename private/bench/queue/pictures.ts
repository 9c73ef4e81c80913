/** Archives of photographs, the same on every machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import sharp from 'sharp';
import { QUICK } from '../table.ts';

const PHOTOGRAPHS = ['astronaut', 'chelsea', 'coffee'];
const [SHARDS, PICTURES] = QUICK ? [3, 2] : [12, 16];
const [WIDTH, HEIGHT] = [1600, 1200];

/** Archives to reduce. */
export interface Archives {
  /** A pattern of all, for the command. */
  readonly pattern: string;
  readonly names: readonly string[];
  /** Pictures in all of them. */
  readonly pictures: number;
}

/** Makes the archives: JPEG files of 1600 × 1200 pixels, no two the same. */
export async function makeArchives(folder: string): Promise<Archives> {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: SHARDS }, (_, index) => `in-${String(index).padStart(6, '0')}`);
  for (const [index, name] of names.entries()) {
    const archive = `${folder}/${name}.tar`;
    if (existsSync(archive)) continue;
    mkdirSync(`${folder}/${name}`, { recursive: true });
    const files = Array.from({ length: PICTURES }, (_, picture) => `${String(index * PICTURES + picture).padStart(6, '0')}.jpg`);
    for (const [picture, file] of files.entries()) {
      const number = index * PICTURES + picture;
      await sharp(`examples/photographs/${PHOTOGRAPHS[number % PHOTOGRAPHS.length]}.png`)
        .removeAlpha()
        .rotate(number % 360, { background: '#888' })
        .resize(WIDTH, HEIGHT, { fit: 'cover', kernel: 'cubic' })
        .jpeg({ quality: 90 })
        .toFile(`${folder}/${name}/${file}`);
    }
    execFileSync('tar', ['-cf', archive, '-C', `${folder}/${name}`, ...files]);
    rmSync(`${folder}/${name}`, { recursive: true });
  }
  return { pattern: `${folder}/in-{000000..${String(SHARDS - 1).padStart(6, '0')}}.tar`, names, pictures: SHARDS * PICTURES };
}
