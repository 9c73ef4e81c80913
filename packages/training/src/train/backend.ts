/** The backends of TensorFlow.js that networks are trained and evaluated on. */
import * as tf from '@tensorflow/tfjs-core';

/** A backend: WebAssembly, a GPU by WebGPU, or plain JavaScript. */
export type BackendName = 'wasm' | 'webgpu' | 'cpu';

/** The names of all backends, the default first. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'webgpu', 'cpu'];

/**
 * Starts a backend of TensorFlow.js for training, and makes it the one that is used. On wasm the kernels of `@softpool/tfjs/wasm-training` are
 * registered. In Node webgpu comes from the npm package `webgpu`, and cpu and webgpu from `@tensorflow/tfjs-backend-cpu` and `-webgpu`,
 * which must be installed.
 *
 * @param name - The backend. Default `'wasm'`.
 * @returns What it runs on, in words.
 * @throws Error that says why the backend cannot start, and what to do.
 * @example
 * ```ts
 * await openBackend('cpu'); // 'cpu (plain JavaScript, slow)'
 * ```
 */
export async function openBackend(name: BackendName = 'wasm'): Promise<string> {
  tf.enableProdMode(); // or TensorFlow.js advises Node's users on standard error to install another package
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
    if (adapter === null)
      throw cannotStart('webgpu', 'there is no GPU, or no driver for it (Vulkan on Linux); the backend wasm needs none');
    const { vendor, architecture, description } = adapter.info;
    return `webgpu (${[description, vendor, architecture].find((words) => words !== '') ?? 'a GPU'})`;
  },
};

/** A page has WebGPU, Node has it from a package. */
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
    throw cannotStart(backend, missing === undefined ? (error as Error).message : `it needs a package: npm install ${missing}`, error);
  }
}

function cannotStart(name: BackendName, why: string, cause?: unknown): Error {
  return new Error(`the backend ${name} cannot start: ${why}`, { cause });
}
