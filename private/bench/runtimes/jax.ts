/** Models in jax-js's loader, on its wasm backend in Node. */
import { defaultDevice, init, numpy } from '@jax-js/jax';
import { ONNXModel } from '@jax-js/onnx';
import type { Outcome } from './outcome.ts';

/** Runs each model. */
export async function runJax(models: readonly Uint8Array[], x: Float32Array, shape: readonly number[]): Promise<Outcome[]> {
  // jax-js looks for WebGPU there, also in a Node without it.
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} });
  await init();
  defaultDevice('wasm');
  const outcomes: Outcome[] = [];
  for (const model of models) {
    try {
      const { y } = new ONNXModel(Uint8Array.from(model)).run({ x: numpy.array(Float32Array.from(x)).reshape([...shape]) });
      outcomes.push(Array.from((await y?.data()) ?? []));
    } catch (error) {
      outcomes.push(String(error));
    }
  }
  return outcomes;
}
