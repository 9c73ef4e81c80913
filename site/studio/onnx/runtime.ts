/** ONNX Runtime, from the site's own files. Only workers that run a model import it. */
import glue from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { VisitorError } from '../parts/visitor-file.ts';

ort.env.wasm.wasmPaths = { mjs: glue, wasm };

/** Opens a model. */
export async function openSession(model: Uint8Array): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 4 });
  } catch (error) {
    if (await isUnreachable()) throw new VisitorError(NOT_HERE);
    throw error;
  }
}

const NOT_HERE = 'ONNX Runtime could not be loaded. Go online and try again; this browser then keeps it for later.';

/** A GET, which offline is answered with the kept file. */
async function isUnreachable(): Promise<boolean> {
  const response = await fetch(wasm).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok !== true;
}

export const { Tensor } = ort;
