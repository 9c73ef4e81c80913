// The installed softpool and @softpool/media in pages with policies, in a service worker and by an
// import map.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';

const project = inject('project');

/** (0 + e + 2e² + 3e³) / (1 + e + e² + e³) */
const POOLED = expect.closeTo((Math.E + 2 * Math.E ** 2 + 3 * Math.E ** 3) / (1 + Math.E + Math.E ** 2 + Math.E ** 3), 6);

const POOL = `
  import { poolImageThreaded } from '@softpool/media/threads';
  import { softPool2d } from 'softpool';
  import { createThreadedSoftPool } from 'softpool/threads';

  const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 1, 2, 2] };
  const image = { data: Uint8Array.of(0, 0, 9, 9), width: 2, height: 2, channels: 1 };
  globalThis.pooled = (async () => {
    const threads = await createThreadedSoftPool({ threads: 2 });
    const { data } = await poolImageThreaded(image, { factor: 2, method: 'average', threads: 2 });
    return [softPool2d(x, { kernelSize: 2 }).data[0], (await threads.softPool2d(x, { kernelSize: 2 })).data[0], threads.threads, data[0]];
  })();
`;

/** (0 + 0 + 9 + 9) / 4 = 4.5, rounded up. */
const MEAN = 5;

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const policy = (scripts: string, others = ''): Record<string, string> => ({
  'Content-Security-Policy': `default-src 'self'; script-src 'self' ${scripts}; ${others}`,
});

let browser: Browser;
let bundle: string;
const servers: Server[] = [];

beforeAll(async () => {
  const executablePath = findChromium();
  browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--disable-quic'] });
  const input = join(project, 'pages.js');
  writeFileSync(input, POOL);
  const build = await rolldown({ input, platform: 'browser' });
  bundle = (await build.generate({ format: 'esm' })).output[0].code;
  await build.close();
});
afterAll(async () => {
  for (const server of servers) server.close();
  await browser.close();
});

describe('softpool pools', () => {
  test.for([
    ['without a policy', {}, 1],
    ['where WebAssembly must not be compiled: by the definition', policy(''), 1],
    ['where it must not be compiled, with isolation', { ...ISOLATION, ...policy('') }, 1],
    ['where no worker can be made, with isolation: on one thread', { ...ISOLATION, ...policy("'wasm-unsafe-eval'") }, 1],
    ['under a policy that allows both, with isolation', { ...ISOLATION, ...policy("'wasm-unsafe-eval'", 'worker-src blob:') }, 2],
  ] as const)('in a page %s', async ([, headers, threads]) => {
    const origin = await serve({ '/': page('<script type="module" src="/page.js"></script>'), '/page.js': bundle }, headers);
    expect(await inPage(origin, 'globalThis.pooled')).toEqual([POOLED, POOLED, threads, MEAN]);
  });

  test('in a service worker with isolation, on one thread', async () => {
    const worker = `${bundle}
      addEventListener('message', ({ ports: [port] }) => pooled.then((result) => port.postMessage(result), (error) => port.postMessage(String(error))));`;
    const origin = await serve({ '/': page(''), '/worker.js': worker }, ISOLATION);
    const result = await inPage(
      origin,
      `(async () => {
        await navigator.serviceWorker.register('/worker.js', { type: 'module' });
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        return new Promise((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
          active.postMessage('pool', [port2]);
        });
      })()`,
    );
    expect(result).toEqual([POOLED, POOLED, 1, MEAN]);
  });

  test('by an import map, without a bundler', async () => {
    const entries = Object.entries({ softpool: 'index', 'softpool/threads': 'threads', 'softpool/internal': 'internal' });
    const imports = Object.fromEntries(entries.map(([name, file]) => [name, `/node_modules/softpool/dist/${file}.js`]));
    const map = JSON.stringify({ imports: { ...imports, '@softpool/media/threads': '/node_modules/@softpool/media/dist/threads.js' } });
    const origin = await serve({
      '/': page(`<script type="importmap">${map}</script><script type="module" src="/page.js"></script>`),
      '/page.js': POOL,
    });
    expect(await inPage(origin, 'globalThis.pooled')).toEqual([POOLED, POOLED, 1, MEAN]);
  });
});

function page(content: string): string {
  return `<!doctype html><link rel="icon" href="data:,">${content}`;
}

/** What an expression gives in a page. */
async function inPage(origin: string, expression: string): Promise<unknown> {
  const opened = await browser.newPage();
  const errors: string[] = [];
  opened.on('pageerror', ({ message }) => errors.push(message));
  await opened.goto(origin);
  const result = await opened.evaluate(expression);
  expect(errors).toEqual([]);
  await opened.close();
  return result;
}

/** Serves these files, and the installed packages. */
function serve(files: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const isScript = extname(url) === '.js';
    response.writeHead(200, { ...headers, 'Content-Type': isScript ? 'text/javascript' : 'text/html' });
    response.end(url.startsWith('/node_modules/') ? readFileSync(join(project, url)) : (files[url] ?? ''));
  });
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, 'localhost', () => resolve(`http://localhost:${(server.address() as AddressInfo).port}/`)),
  );
}
