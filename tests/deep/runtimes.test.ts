// The packed softpool in runtimes besides Node and browsers, and in test runners.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPRESSION, openProject, POOLED, run } from './tools.ts';

const SCRIPT = `
  import { softPool2d } from 'softpool';
  import { createThreadedSoftPool } from 'softpool/threads';
  const threads = await createThreadedSoftPool({ threads: 2 });
  const x = threads.allocate([1, 2, 2], 'float32');
  x.data.set([0, 1, 2, 3]);
  const y = await threads.softPool2d(x, { kernelSize: 2 });
  console.log(${EXPRESSION}, y.data[0].toFixed(4), threads.threads);
  threads.dispose();
`;

test('Deno pools, on threads too', () => {
  const project = openProject('deno', { 'script.js': SCRIPT });
  expect(run(project, 'deno', 'run', '--allow-all', 'script.js')).toBe(`${POOLED} ${POOLED} 2\n`);
});

test('Bun pools, on threads too', () => {
  const project = openProject('bun', { 'script.js': SCRIPT });
  expect(run(project, 'bun', 'script.js')).toBe(`${POOLED} ${POOLED} 2\n`);
});

test('a Cloudflare Worker pools by the definition, and with the imported module by the kernels', () => {
  const project = openProject('miniflare', {
    'miniflare.js': `
      import { readFileSync } from 'node:fs';
      import { Miniflare } from 'miniflare';
      const worker = (before, after) => before + \`
        import { softPool2d, createThreadedSoftPool } from './index.js';
        \${after}
        export default { async fetch() {
          const threads = await createThreadedSoftPool({ threads: 2 });
          return new Response([${EXPRESSION}, threads.threads].join(' '));
        } };\`;
      const bundle = { type: 'ESModule', path: 'index.js', contents: readFileSync('bundle.js', 'utf8') };
      const kernels = { type: 'CompiledWasm', path: 'kernels.wasm', contents: readFileSync('node_modules/softpool/dist/kernels.wasm') };
      for (const [before, after] of [['', ''], ["import module from './kernels.wasm'; import { setKernels } from './index.js';", 'setKernels(module);']]) {
        const main = { type: 'ESModule', path: 'main.js', contents: worker(before, after) };
        const miniflare = new Miniflare({ modulesRoot: '.', modules: [main, bundle, kernels], compatibilityDate: '2025-09-01' });
        console.log(await (await miniflare.dispatchFetch('http://localhost/')).text());
        await miniflare.dispose();
      }`,
    'entry.js': "export * from 'softpool'; export * from 'softpool/threads';",
    'bundle.mjs': `
      const { rolldown } = await import(${JSON.stringify(import.meta.resolve('rolldown'))});
      const build = await rolldown({ input: 'entry.js', platform: 'neutral' });
      await build.write({ file: 'bundle.js', format: 'esm' });`,
  });
  run(project, 'node', 'bundle.mjs');
  expect(run(project, 'node', 'miniflare.js')).toBe(`${POOLED} 1\n${POOLED} 1\n`);
});

test('Node requires it from CommonJS', () => {
  const project = openProject('esbuild', { 'script.cjs': `const { softPool2d } = require('softpool'); console.log(${EXPRESSION});` });
  expect(run(project, 'node', '--no-warnings', 'script.cjs')).toBe(`${POOLED}\n`);
});

test('Jest pools with the settings of docs/runtimes.md, in a page of jsdom too', () => {
  const project = openProject(
    'jest',
    {
      'pool.test.js': `import { softPool2d } from 'softpool'; test('pools', () => { expect(${EXPRESSION}).toBe('${POOLED}'); });`,
      'babel.config.cjs': "module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] };",
      'jest.config.cjs': "module.exports = { transformIgnorePatterns: ['/node_modules/(?!(softpool|@softpool)/)'] };",
    },
    { type: 'commonjs' },
  );
  const jest = join(project, 'node_modules/jest/bin/jest.js');
  for (const environment of ['node', 'jest-fixed-jsdom']) run(project, 'node', jest, '--env', environment);
});
