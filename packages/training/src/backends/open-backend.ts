/** Starts the backends of TensorFlow.js that can train. */
import * as tf from '@tensorflow/tfjs-core';
import { checkOneOf } from 'softpool/internal';

/** A backend: WebAssembly, a GPU through WebGPU, or plain JavaScript. */
export type BackendName = 'wasm' | 'webgpu' | 'cpu';

/** The names of all backends, the default first. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'webgpu', 'cpu'];

/**
 * Starts a backend of TensorFlow.js for training and makes it the current one. On wasm it registers
 * the kernels of `@softpool/tfjs/wasm-training`. In Node, webgpu needs the npm packages `webgpu`
 * and `@tensorflow/tfjs-backend-webgpu`, and cpu needs `@tensorflow/tfjs-backend-cpu`.
 *
 * @param name - The backend. Default `'wasm'`.
 * @returns A description of the device.
 * @throws TypeError for another name; Error that says why the backend cannot start, and what to do.
 * @example
 * ```ts
 * await openBackend('cpu'); // 'cpu (plain JavaScript, slow)'
 * ```
 */
export async function openBackend(name: BackendName = 'wasm'): Promise<string> {
  checkOneOf('openBackend', 'name', name, BACKENDS);
  tf.enableProdMode(); // otherwise TensorFlow.js advertises tfjs-node on standard error
  const description = await START[name]();
  const started = await tf.setBackend(name).catch((error: unknown) => {
    throw cannotStart(name, error instanceof Error ? error.message : String(error), error);
  });
  if (!started || tf.getBackend() !== name) throw cannotStart(name, 'TensorFlow.js could not initialize it');
  await tf.ready();
  return description;
}

const START: Readonly<Record<BackendName, () => Promise<string>>> = {
  async wasm() {
    await Promise.all([import('@softpool/tfjs/wasm-training'), import('@softpool/tfjs')]);
    return 'wasm (WebAssembly, one thread)';
  },
  async cpu() {
    await Promise.all([installed('cpu', () => import('@tensorflow/tfjs-backend-cpu')), import('@softpool/tfjs')]);
    return 'cpu (plain JavaScript, slow)';
  },
  async webgpu() {
    await provideWebGpu();
    await Promise.all([installed('webgpu', () => import('@tensorflow/tfjs-backend-webgpu')), import('@softpool/tfjs/webgpu')]);
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) throw cannotStart('webgpu', 'no GPU or driver was found (Vulkan on Linux); the wasm backend needs none');
    const { vendor, architecture, description } = adapter.info;
    return `webgpu (${[description, vendor, architecture].find((words) => words !== '') ?? 'a GPU'})`;
  },
};

/** Provides `navigator.gpu`: pages have it, Node gets it from a package. */
async function provideWebGpu(): Promise<void> {
  if ((globalThis.navigator as Partial<Navigator> | undefined)?.gpu !== undefined) return;
  const { create, globals } = await installed('webgpu', () => import('webgpu'));
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
}

async function installed<T>(backend: BackendName, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = /Cannot find package '([^']+)'/.exec((error as Error).message)?.[1];
    throw cannotStart(backend, missing === undefined ? (error as Error).message : `install its package: npm install ${missing}`, error);
  }
}

function cannotStart(name: BackendName, why: string, cause?: unknown): Error {
  return new Error(`the backend ${name} cannot start: ${why}`, { cause });
}
