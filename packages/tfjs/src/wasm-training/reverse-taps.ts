/** Reverses the taps of a filter in the memory of the wasm backend. */
import { backend, engine, type Tensor5D, type TensorInfo } from '@tensorflow/tfjs-core';

/** The part of the wasm backend that is used. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

/**
 * Reverses both axes of taps of `[remainders, kH, kW, A, B]`. The backend's own `Reverse` takes
 * some milliseconds for a filter of a few thousand numbers: 6 to 7 % of a training step.
 */
export function reverseTaps(x: Tensor5D): Tensor5D {
  const [remainders, high, wide, inputs, outputs] = x.shape;
  const taps = high * wide;
  if (taps === 1) return x;
  const wasm = backend() as unknown as WasmBackend;
  const result = wasm.makeOutput(x.shape, 'float32');
  // Views of the memory, which the output may have moved.
  const from = wasm.typedArrayFromHeap(x);
  const to = wasm.typedArrayFromHeap(result);
  const size = inputs * outputs;
  for (let tap = 0; tap < remainders * taps; tap++) {
    const place = tap % taps;
    const start = (tap - place + taps - 1 - place) * size;
    to.set(from.subarray(start, start + size), tap * size);
  }
  return engine().makeTensorFromTensorInfo(result) as Tensor5D;
}
