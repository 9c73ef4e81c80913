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

/** What comes of each model, and in each round the milliseconds of a run of each, in turn. */
export interface PageRuns {
  readonly outcomes: Outcome[];
  readonly rounds: number[][];
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
  const x = new ort.Tensor('float32', Float32Array.from(given.x), given.shape);
  const outcomes: Outcome[] = [];
  /** Milliseconds of a run, as the mean of several: the page's clock has steps of a tenth. */
  const calls: ((runs: number) => Promise<number>)[] = [];
  for (const model of given.models) {
    try {
      const options = { executionProviders: [given.provider], logSeverityLevel: 3 } as const;
      const session = await ort.InferenceSession.create(Uint8Array.from(model), options);
      const { y } = await session.run({ x });
      outcomes.push(Array.from(y?.data as Float32Array));
      calls.push(async (runs) => {
        const start = performance.now();
        for (let run = 0; run < runs; run++) await session.run({ x });
        return (performance.now() - start) / runs;
      });
    } catch (error) {
      outcomes.push(String(error));
      calls.push(async () => Number.NaN);
    }
  }
  const counts: number[] = [];
  for (const call of calls) counts.push(Math.max(1, Math.ceil(20 / (await call(10))) || 1));
  const rounds: number[][] = [];
  for (let round = 0; round < 15; round++) {
    const times: number[] = [];
    for (const [i, call] of calls.entries()) times.push(await call(counts[i] ?? 1));
    rounds.push(times);
  }
  return { outcomes, rounds };
}
