/** Projects with a tool from the registry and the packed packages. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { npm } from '../../scripts/npm.mjs';

/** The tools, in versions that Node 20 runs. */
export const TOOLS = {
  vite: ['vite@8.3.8'],
  webpack: ['webpack@5.102.1'],
  rollup: ['rollup@4.52.5', '@rollup/plugin-node-resolve@16.0.3'],
  esbuild: ['esbuild@0.25.12'],
  next: ['next@16.0.1', 'react@19.2.0', 'react-dom@19.2.0', 'sharp@0.35.5'],
  jest: ['jest@30.2.0', 'jest-environment-jsdom@30.2.0', 'jest-fixed-jsdom@0.0.11', '@babel/preset-env@7.28.5'],
  deno: ['deno@2.5.6'],
  bun: ['bun@1.3.2'],
  miniflare: ['miniflare@4.20251011.1'],
} as const;

/** The formula for a window of 0, 1, 2 and 3, to four digits. */
export const POOLED = ((Math.E + 2 * Math.E ** 2 + 3 * Math.E ** 3) / (1 + Math.E + Math.E ** 2 + Math.E ** 3)).toFixed(4);

/** An expression for the same by the package. */
export const EXPRESSION = 'softPool2d({ data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] }, { kernelSize: 2 }).data[0].toFixed(4)';

/** A new project with packages of ours, a tool and these files. Returns its folder. */
export function openProject(
  tool: keyof typeof TOOLS,
  files: Readonly<Record<string, string>>,
  manifest: object = {},
  packages: readonly string[] = ['softpool'],
): string {
  const folder = mkdtempSync(join(tmpdir(), `softpool-${tool}-`));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', ...manifest }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const tarballs = inject('tarballs').filter(({ name }) => packages.includes(name));
  // Bun's program is put in place by an install script, which npm may be set to ignore.
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts=false'];
  npm(['install', ...flags, ...tarballs.map(({ path }) => path), ...TOOLS[tool]], { cwd: folder });
  return folder;
}

/** Runs a command of the project. Returns what it prints. */
export function run(folder: string, command: string, ...args: readonly string[]): string {
  const file = command === 'node' ? process.execPath : join(folder, 'node_modules/.bin', command);
  return execFileSync(file, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
