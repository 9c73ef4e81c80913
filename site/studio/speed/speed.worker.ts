/** Measures one call on each backend of this browser, away from the page. */
import { softPool2d } from 'softpool';
import { createThreadedSoftPool } from 'softpool/threads';
import { createGpuSoftPool } from 'softpool/webgpu';
import { timed } from '../parts/timed.ts';

/** A line of the table. `milliseconds` is the median of the rounds. */
export interface SpeedRow {
  readonly backend: 'copy' | 'wasm' | 'threads' | 'WebGPU';
  readonly milliseconds?: number;
  /** How it was measured, or why it was not. */
  readonly note: string;
}

/** The input of the call: float32, [N, C, H, W]. SpeedHere.tsx shows it. */
const SHAPE = [4, 64, 112, 112] as const;
const WINDOWS = { kernelSize: 2 } as const;
const ROUNDS = 9;

// Reported, so that the page gets the worker's `error`.
addEventListener('message', () => void measure().catch(reportError));

async function measure(): Promise<void> {
  const length = SHAPE.reduce((product, size) => product * size, 1);
  const x = { data: Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898) * 4), shape: SHAPE };
  const copy = new Float32Array(length);
  say({ backend: 'copy', milliseconds: await medianOf(() => copy.set(x.data)), note: 'the input copied, for comparison' });
  const note = compiles() ? 'on one thread' : 'This browser compiles no WebAssembly, so the call uses the definition.';
  say({ backend: 'wasm', milliseconds: await medianOf(() => softPool2d(x, WINDOWS)), note });
  say(await onThreads(x).catch((error: unknown) => failed('threads', error)));
  say(await onGpu(x).catch((error: unknown) => failed('WebGPU', error)));
  postMessage('done');
}

/** Whether this browser compiles WebAssembly; some do not in a mode of higher security. */
function compiles(): boolean {
  try {
    return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) !== undefined;
  } catch {
    return false;
  }
}

type Input = { readonly data: Float32Array; readonly shape: readonly number[] };

async function onThreads(x: Input): Promise<SpeedRow> {
  if (!crossOriginIsolated) {
    return {
      backend: 'threads',
      note: 'This page is not isolated, so threads cannot share memory. Reload it once: after the first visit it is.',
    };
  }
  const pool = await createThreadedSoftPool();
  try {
    const shared = pool.allocate(x.shape, 'float32');
    shared.data.set(x.data);
    const milliseconds = await medianOf(async () => pool.free(await pool.softPool2d(shared, WINDOWS)));
    return {
      backend: 'threads',
      milliseconds,
      note: pool.threads === 1 ? '1 thread' : `${pool.threads} threads, tensors in shared memory`,
    };
  } finally {
    pool.dispose();
  }
}

async function onGpu(x: Input): Promise<SpeedRow> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (!adapter) return { backend: 'WebGPU', note: 'This browser, or this computer, has no WebGPU. Try a recent Chrome, Edge or Safari.' };
  const gpu = await createGpuSoftPool();
  try {
    const onDevice = gpu.upload(x);
    const milliseconds = await medianOf(async () => {
      gpu.softPool2d(onDevice, WINDOWS).buffer.destroy();
      await gpu.device.queue.onSubmittedWorkDone();
    });
    return { backend: 'WebGPU', milliseconds, note: `${adapter.info?.vendor || 'GPU'}, with the time to submit and to wait` };
  } finally {
    gpu.dispose();
  }
}

function failed(backend: SpeedRow['backend'], error: unknown): SpeedRow {
  return { backend, note: `It stopped: ${String(error)}. Measure again, or reload the page.` };
}

/** The median time of a run over some rounds, after a run that does not count. */
async function medianOf(run: () => unknown): Promise<number> {
  await run();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push((await timed(run))[1]);
  return times.sort((one, other) => one - other)[(ROUNDS - 1) / 2] as number;
}

function say(row: SpeedRow): void {
  postMessage(row);
}
