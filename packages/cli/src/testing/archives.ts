/** WebDataset archives for tests, written and read by the system's tar. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** Writes an archive of files, in this order. */
export function writeArchive(path: string, members: readonly (readonly [name: string, content: string | Uint8Array])[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-tar-'));
  for (const [name, content] of members) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  execFileSync('tar', ['-cf', path, '-C', folder, '--no-recursion', ...members.map(([name]) => name)]);
  rmSync(folder, { recursive: true });
}

/** The names of an archive's members, in order. */
export function namesIn(path: string): string[] {
  return execFileSync('tar', ['-tf', path], { encoding: 'utf8' }).trimEnd().split('\n');
}

/** The files of an archive by name. */
export function filesIn(path: string): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-tar-'));
  try {
    execFileSync('tar', ['-xf', path, '-C', folder]);
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
    return new Map(paths.filter((each) => statSync(each).isFile()).map((each) => [relative(folder, each), readFileSync(each)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
