/** Models in ONNX Runtime Web, on its wasm and webgpu providers, in Chromium. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type * as OnnxRuntime from 'onnxruntime-web';
import { chromium } from 'playwright';
import { findChromium } from '../../../scripts/chromium.mjs';
import type { Outcome } from './outcome.ts';

/** What comes of each model, and the median time of a run. */
export interface PageRuns {
  readonly outcomes: Outcome[];
  readonly milliseconds: number[];
}

/** On both providers, and the GPU's name. */
export interface Providers {
  readonly wasm: PageRuns;
  readonly webgpu: PageRuns;
  readonly adapter: string;
}

const FOLDER = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const TYPES: Readonly<Record<string, string>> = { mjs: 'text/javascript', wasm: 'application/wasm' };

/** Runs each model on each provider. */
export async function runInPage(models: readonly Uint8Array[], x: Float32Array, shape: readonly number[]): Promise<Providers> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    const type = TYPES[name.split('.').at(-1) ?? ''];
    if (type === undefined) return void response.setHeader('Content-Type', 'text/html').end('<!doctype html>');
    readFile(join(FOLDER, name)).then(
      (bytes) => response.setHeader('Content-Type', type).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const executablePath = findChromium();
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox', '--enable-unsafe-webgpu'] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const given = { models: models.map((model) => [...model]), x: [...x], shape: [...shape] };
    const wasm = await page.evaluate(inPage, { ...given, module: '/ort.wasm.min.mjs', provider: 'wasm' });
    const webgpu = await page.evaluate(inPage, { ...given, module: '/ort.webgpu.min.mjs', provider: 'webgpu' });
    const adapter = await page.evaluate(async () => {
      const info = (await navigator.gpu.requestAdapter())?.info;
      return [info?.vendor, info?.architecture].filter(Boolean).join(' ');
    });
    return { wasm, webgpu, adapter };
  } finally {
    await browser.close();
    server.close();
  }
}

/** In the page. It uses nothing from around it. */
async function inPage(given: {
  readonly models: readonly number[][];
  readonly x: readonly number[];
  readonly shape: readonly number[];
  readonly module: string;
  readonly provider: string;
}): Promise<PageRuns> {
  const ort = (await import(given.module)) as typeof OnnxRuntime;
  ort.env.wasm.wasmPaths = '/';
  ort.env.wasm.numThreads = 1;
  const outcomes: Outcome[] = [];
  const milliseconds: number[] = [];
  for (const model of given.models) {
    const times: number[] = [];
    try {
      const session = await ort.InferenceSession.create(Uint8Array.from(model), {
        executionProviders: [given.provider],
        logSeverityLevel: 3,
      });
      for (let run = 0; run < 21; run++) {
        const start = performance.now();
        const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.from(given.x), given.shape) });
        times.push(performance.now() - start);
        if (run === 0) outcomes.push(Array.from(y?.data as Float32Array));
      }
    } catch (error) {
      outcomes.push(String(error));
    }
    milliseconds.push(times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN);
  }
  return { outcomes, milliseconds };
}
