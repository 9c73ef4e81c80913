// Each bundler builds a page, which pools in Chromium, and a server, which pools in Node.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';
import { EXPRESSION, openProject, POOLED, run } from './tools.ts';

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const FILES = {
  'index.html': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
  'page.js': `
    import { createThreadedSoftPool, softPool2d } from 'softpool';
    import { createGpuSoftPool } from 'softpool/webgpu';
    globalThis.pooled = createThreadedSoftPool({ threads: 2 }).then(async (threads) => {
      const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] };
      return [${EXPRESSION}, (await threads.softPool2d(x, { kernelSize: 2 })).data[0].toFixed(4), threads.threads, typeof createGpuSoftPool];
    });`,
  'server.js': `import { softPool2d } from 'softpool'; import 'softpool/webgpu'; console.log(${EXPRESSION});`,
};

let browser: Browser;
const servers: Server[] = [];
beforeAll(async () => {
  const executablePath = findChromium();
  browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--disable-quic'] });
});
afterAll(async () => {
  for (const server of servers) server.close();
  await browser.close();
});

describe.for([
  [
    'vite',
    (project: string) => run(project, 'vite', 'build', '--outDir', 'page', '--logLevel', 'error'),
    (project: string) => run(project, 'vite', 'build', '--ssr', 'server.js', '--outDir', 'server'),
  ],
  [
    'webpack',
    (project: string) => run(project, 'node', '-e', webpack('web', 'page')),
    (project: string) => run(project, 'node', '-e', webpack('node', 'server')),
  ],
  [
    'rollup',
    (project: string) => run(project, 'rollup', 'page.js', '--plugin', 'node-resolve={browser:true}', '--file', 'page/page.js'),
    (project: string) => run(project, 'rollup', 'server.js', '--plugin', 'node-resolve', '--file', 'server/server.js'),
  ],
  [
    'esbuild',
    (project: string) => run(project, 'esbuild', 'page.js', '--bundle', '--format=esm', '--outfile=page/page.js'),
    (project: string) => run(project, 'esbuild', 'server.js', '--bundle', '--platform=node', '--format=esm', '--outfile=server/server.js'),
  ],
] as const)('%s', ([tool, buildPage, buildServer]) => {
  let project: string;
  beforeAll(() => {
    project = openProject(tool, FILES);
  });

  test('builds a page that pools on threads', async () => {
    buildPage(project);
    const opened = await browser.newPage();
    await opened.goto(await serve(join(project, 'page')));
    expect(await opened.evaluate('globalThis.pooled')).toEqual([POOLED, POOLED, 2, 'function']);
    await opened.close();
  });

  test('builds a server that pools', () => {
    buildServer(project);
    expect(run(project, 'node', 'server/server.js')).toBe(`${POOLED}\n`);
  });
});

test('Next.js builds an application whose route pools', () => {
  const project = openProject('next', {
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
    'app/page.js': `import { softPool2d } from 'softpool'; export default () => <p>{${EXPRESSION}}</p>;`,
  });
  run(project, 'next', 'build');
  expect(readFileSync(join(project, '.next/server/app/index.html'), 'utf8')).toContain(`<p>${POOLED}</p>`);
});

function webpack(target: string, name: string): string {
  const configuration = `{ mode: 'production', target: ['${target}', 'es2022'], context: process.cwd(), entry: './${name}.js',
    experiments: { outputModule: true }, output: { module: true, path: process.cwd() + '/${name}', filename: '${name}.js' } }`;
  return `require('webpack')(${configuration}, (error, stats) => {
    const found = error ?? stats.compilation.errors.concat(stats.compilation.warnings.filter(({ name }) => !/Limit|Size/.test(name)));
    if (error || found.length > 0) { console.error(String(found)); process.exitCode = 1; }
  });`;
}

/** Serves a folder: the page of a bundler, or one around its script. */
function serve(folder: string): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const path = url === '/' ? 'index.html' : url.slice(1);
    response.writeHead(200, { ...ISOLATION, 'Content-Type': path.endsWith('.js') ? 'text/javascript' : 'text/html' });
    response.end(contentOf(join(folder, path)) ?? FILES['index.html']);
  });
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, 'localhost', () => resolve(`http://localhost:${(server.address() as AddressInfo).port}/`)),
  );
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
