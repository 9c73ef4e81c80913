// Each bundler builds a page, which pools in Chromium, and a server, which pools in Node.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';
import { EXPRESSION, openProject, POOLED, run } from './tools.ts';

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const FILES = {
  'index.html': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
  'page.js': `
    import { softPool2d } from 'softpool';
    import { createThreadedSoftPool } from 'softpool/threads';
    import { createGpuSoftPool } from 'softpool/webgpu';
    globalThis.pooled = createThreadedSoftPool({ threads: 2 }).then(async (threads) => {
      const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] };
      return [${EXPRESSION}, (await threads.softPool2d(x, { kernelSize: 2 })).data[0].toFixed(4), threads.threads, typeof createGpuSoftPool];
    });`,
  'server.js': `import { softPool2d } from 'softpool'; import 'softpool/webgpu'; console.log(${EXPRESSION});`,
};

let browser: Browser;
const servers: Server[] = [];
const stops: (() => void)[] = [];
beforeAll(async () => {
  const executablePath = findChromium();
  browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--disable-quic'] });
});
afterAll(async () => {
  for (const stop of stops) stop();
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

test('Next.js builds and serves a page with @softpool/media, and a route with @softpool/media/node', async () => {
  const files = {
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
    'app/page.js': `
      import { poolImage } from '@softpool/media';
      import Pooled from './pooled.js';
      export default () => <p><b>{poolImage(${IMAGE}, { factor: 2 }).data[0]}</b><Pooled /></p>;`,
    'app/pooled.js': `'use client';
      import { poolImage } from '@softpool/media';
      import { useEffect, useState } from 'react';
      export default () => {
        const [level, setLevel] = useState();
        useEffect(() => setLevel(poolImage(${IMAGE}, { factor: 2 }).data[0]), []);
        return <i>{level}</i>;
      };`,
    'app/route/route.js': `
      import { encodeImage, poolImage, readImage } from '@softpool/media/node';
      export const dynamic = 'force-dynamic';
      export async function GET() {
        const image = await readImage(await encodeImage(${IMAGE}, { format: 'png' }));
        return Response.json([image.format, ...poolImage(image, { factor: 2 }).data]);
      }`,
  };
  const project = openProject('next', files, {}, ['softpool', '@softpool/media']);
  run(project, 'next', 'build');
  const url = await startNext(project);
  expect(await (await fetch(`${url}/route`)).json()).toEqual(['png', POOLED_LEVEL]);
  expect(await (await fetch(url)).text()).toContain(`<b>${POOLED_LEVEL}</b>`);
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(`document.querySelector('i').textContent === '${POOLED_LEVEL}'`);
  await page.close();
});

/** An image of one window, and its mean, weighted by e^(βx) with the default β = 1/0.225. */
const LEVELS = [0, 90, 200, 250];
const IMAGE = `{ data: Uint8Array.of(${LEVELS}), width: 2, height: 2, channels: 1 }`;
const weightsOfLevels = LEVELS.map((level) => Math.exp(level / 255 / 0.225));
const POOLED_LEVEL = Math.round(
  LEVELS.reduce((sum, level, i) => sum + level * weightsOfLevels[i]!, 0) / weightsOfLevels.reduce((sum, weight) => sum + weight),
);

/** Serves a built application until the tests end. Returns its URL. */
async function startNext(project: string): Promise<string> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
  const next = join(project, 'node_modules/next/dist/bin/next');
  const child = spawn(process.execPath, [next, 'start', '-p', `${port}`], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(() => child.kill());
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('Ready')) break;
  return `http://localhost:${port}`;
}

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
