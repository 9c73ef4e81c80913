/** Packs every package, and installs the tarballs into an empty project outside the workspace. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { npm } from '../../scripts/npm.mjs';
import { PACKAGES } from '../../scripts/packages.mjs';

/** A packed package. */
export interface Tarball {
  /** The package's name. */
  readonly name: string;
  /** The folder of its sources, relative to the repository. */
  readonly source: string;
  /** The tarball's path. */
  readonly path: string;
  /** The paths in it. */
  readonly files: readonly string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    tarballs: readonly Tarball[];
    /** The folder of the project in which they are installed. */
    project: string;
  }
}

/** A backend, as every user of `@softpool/tfjs` has one. */
const BACKEND = '@tensorflow/tfjs-backend-cpu@4.22.0';

/** The least version of TypeScript that docs/runtimes.md states. */
const OLDEST_TYPESCRIPT = 'typescript@5.2.2';

/** Runs before all tests. The function that it returns runs after them. */
export default function setup({ provide }: TestProject): () => void {
  const project = mkdtempSync(join(tmpdir(), 'softpool-packed-'));
  const tarballs = PACKAGES.map(({ folder, manifest }) => pack(manifest.name, folder, project));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', BACKEND, OLDEST_TYPESCRIPT, ...tarballs.map(({ path }) => path)], {
    cwd: project,
  });
  provide('tarballs', tarballs);
  provide('project', project);
  return () => rmSync(project, { recursive: true });
}

function pack(name: string, source: string, destination: string): Tarball {
  const output = npm(['pack', '--json', '--pack-destination', destination], { cwd: source });
  const [{ filename, files }] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  return { name, source, path: join(destination, filename), files: files.map(({ path }) => path) };
}
