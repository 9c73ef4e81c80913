// Servers are often bundled: the packages must load from one file, far from their own folders.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const SERVER = `
  import { contactSheet } from '@softpool/media/contact-sheet';
  import { compareMethods, readImage, resizeImage } from '@softpool/media/node';
  import { createTransform } from '@softpool/training/node';

  async function main() {
    const image = await readImage('coffee.png');
    const small = await resizeImage(image, { width: 60 });
    const [row] = await compareMethods(small, { factor: 2, methods: ['soft'] });
    const sheet = await contactSheet(small, [row]).then(() => 'a sheet', ({ message }) => message);
    console.log(JSON.stringify([small.width, row.pixels.width, typeof createTransform, sheet]));
  }
  void main();
`;

/** Packages with binaries, or that cannot be bundled. A server installs those that it needs. */
const NOT_BUNDLED = /^(?:sharp|@resvg\/.*|@tensorflow\/.*|onnxruntime.*|vega.*|webgpu)$/;

/** A folder outside the project, without the packages. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'softpool-server-'));
  cpSync('examples/photographs/coffee.png', join(folder, 'coffee.png'));
  for (const name of ['sharp', '@img', 'detect-libc', 'semver', '@resvg', '@tensorflow']) {
    cpSync(join(inject('project'), 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test.for([
  ['an ECMAScript module', 'esm', 'server.mjs'],
  ['CommonJS', 'cjs', 'server.cjs'],
] as const)('a server that is bundled as %s starts without fonts, and draws sheets once it has them', async ([, format, name]) => {
  const fonts = join(folder, 'node_modules', 'dejavu-fonts-ttf');
  rmSync(fonts, { recursive: true, force: true });
  writeFileSync(join(folder, name), await bundled(format));
  const missing = 'contactSheet needs the package dejavu-fonts-ttf: npm install dejavu-fonts-ttf';
  expect(run(name)).toEqual([60, 30, 'function', missing]);
  mkdirSync(fonts);
  cpSync(join(inject('project'), 'node_modules', 'dejavu-fonts-ttf'), fonts, { recursive: true });
  expect(run(name)).toEqual([60, 30, 'function', 'a sheet']);
});

/** The server and what it imports as one file. */
async function bundled(format: 'esm' | 'cjs'): Promise<string> {
  const input = join(inject('project'), 'server.js');
  writeFileSync(input, SERVER);
  const build = await rolldown({ input, platform: 'node', external: NOT_BUNDLED });
  const { output } = await build.generate({ format, codeSplitting: false });
  await build.close();
  return output[0].code;
}

function run(script: string): unknown {
  return JSON.parse(execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8', timeout: 600_000 }));
}
