/** Packs every package, and installs the tarballs into an empty project outside the workspace. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** A packed package. */
export interface Tarball {
  /** The package's name. */
  readonly name: string;
  /** Where its sources are, from the root of the repository. */
  readonly source: string;
  /** The tarball's path. */
  readonly path: string;
  /** The paths in it. */
  readonly files: readonly string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    tarballs: readonly Tarball[];
    /** The folder of the project that they are installed in. */
    project: string;
  }
}

const SOURCES = {
  softpool: 'packages/softpool',
  '@softpool/surgery': 'packages/surgery',
  '@softpool/media': 'packages/media',
  '@softpool/tfjs': 'packages/tfjs',
  '@softpool/onnx': 'packages/onnx',
  '@softpool/models': 'packages/models',
  '@softpool/training': 'packages/training',
  '@softpool/experiments': 'packages/experiments',
  '@softpool/cli': 'packages/cli',
};

/** What a user of `@softpool/tfjs` has. */
const BACKEND = '@tensorflow/tfjs-backend-cpu@4.22.0';

/** Before all tests; what it returns runs after them. */
export default function setup({ provide }: TestProject): () => void {
  const project = mkdtempSync(join(tmpdir(), 'softpool-packed-'));
  const tarballs = Object.entries(SOURCES).map(([name, source]) => pack(name, source, project));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', BACKEND, ...tarballs.map(({ path }) => path)];
  execFileSync('npm', install, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  provide('tarballs', tarballs);
  provide('project', project);
  return () => rmSync(project, { recursive: true });
}

function pack(name: string, source: string, destination: string): Tarball {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', destination], { cwd: source, encoding: 'utf8' });
  const [{ filename, files }] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  return { name, source, path: join(destination, filename), files: files.map(({ path }) => path) };
}
