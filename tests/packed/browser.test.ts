// The installed packages in a page: bundled, served, loaded in headless Chromium, and pooling
// there.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';

const SCRIPT = `
  import { softPool2d } from 'softpool';
  import { createThreadedSoftPool } from 'softpool/threads';
  import { createGpuSoftPool } from 'softpool/webgpu';
  import { poolImage } from '@softpool/media';

  globalThis.result = (async () => {
    const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 1, 2, 2] };
    const pool = await createThreadedSoftPool({ threads: 2 });
    const gpu = await createGpuSoftPool();
    const gray = { data: new Uint8ClampedArray(4 * 4 * 4).fill(128), width: 4, height: 4, channels: 4 };
    return {
      here: softPool2d(x, { kernelSize: 2 }).data[0],
      threads: pool.threads,
      onThreads: (await pool.softPool2d(x, { kernelSize: 2 })).data[0],
      onGpu: (await gpu.read(gpu.softPool2d(gpu.upload(x), { kernelSize: 2 }))).data[0],
      image: [...poolImage(gray, { factor: 4 }).data],
    };
  })();
`;

/** Without these headers a page has no SharedArrayBuffer, and so no threads. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

let browser: Browser;
let bundle: string;

beforeAll(async () => {
  const executablePath = findChromium();
  browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--disable-quic', '--enable-unsafe-webgpu'] });
  bundle = await bundled(SCRIPT);
});
afterAll(() => browser.close());

test.for([
  ['a page, which has one thread', {}, 1],
  ['a cross-origin isolated page, which has more', ISOLATION, 2],
] as const)('softpool and @softpool/media pool in %s', async ([, headers, threads]) => {
  const server = await serve(
    (url) =>
      url === '/page.js'
        ? { type: 'text/javascript', text: bundle }
        : { type: 'text/html', text: '<script type="module" src="/page.js"></script>' },
    headers,
  );
  const mean = (Math.E + 2 * Math.E ** 2 + 3 * Math.E ** 3) / (1 + Math.E + Math.E ** 2 + Math.E ** 3);
  expect(await resultOf(server)).toEqual({
    here: expect.closeTo(mean, 6),
    threads,
    onThreads: expect.closeTo(mean, 6),
    onGpu: expect.closeTo(mean, 6),
    image: [128, 128, 128, 128],
  });
});

test('a page loads @softpool/media without a bundler, by an import map', async () => {
  const modules = (name: string): string => `/node_modules/${name}/dist`;
  const imports = {
    softpool: `${modules('softpool')}/index.js`,
    'softpool/internal': `${modules('softpool')}/internal.js`,
    '@softpool/media': `${modules('@softpool/media')}/index.js`,
  };
  const script = `
    import { poolImage, psnr } from '@softpool/media';
    const gray = { data: new Uint8ClampedArray(4 * 4 * 4).fill(128), width: 4, height: 4, channels: 4 };
    const small = poolImage(gray, { factor: 4 });
    globalThis.result = [...small.data, psnr(small, small)];
  `;
  const server = await serve((url) =>
    url.startsWith('/node_modules/')
      ? { type: 'text/javascript', text: readFileSync(join(inject('project'), url), 'utf8') }
      : {
          type: 'text/html',
          text: `<script type="importmap">${JSON.stringify({ imports })}</script><script type="module">${script}</script>`,
        },
  );
  expect(await resultOf(server)).toEqual([128, 128, 128, 128, Number.POSITIVE_INFINITY]);
});

/**
 * One script with all that it imports from the project; whatever the bundler warns of is an error.
 */
async function bundled(script: string): Promise<string> {
  const input = join(inject('project'), 'page.js');
  writeFileSync(input, script);
  const warnings: string[] = [];
  const build = await rolldown({
    input,
    platform: 'browser',
    onLog: (_, { message }) => warnings.push(message),
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  expect(warnings).toEqual([]);
  expect(output.map(({ type }) => type)).toEqual(['chunk']);
  return output[0].code;
}

/** Opens the page of a server, closes it, and returns its `globalThis.result`. */
async function resultOf(server: Server): Promise<unknown> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  const result = await page.evaluate('globalThis.result');
  expect(errors).toEqual([]);
  await page.close();
  server.close();
  return result;
}

/** Serves what `answer` gives for a URL. */
function serve(answer: (url: string) => { type: string; text: string }, headers: Record<string, string> = {}): Promise<Server> {
  const server = createServer((request, response) => {
    const { type, text } = answer(request.url ?? '/');
    response.writeHead(200, { ...headers, 'Content-Type': type });
    response.end(type === 'text/html' ? `<!doctype html><link rel="icon" href="data:,">${text}` : text);
  });
  return new Promise((resolve) => server.listen(0, 'localhost', () => resolve(server)));
}
