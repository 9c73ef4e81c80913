/** Layers models of TensorFlow.js as ONNX. */
import type { ToOnnxOptions, UnsupportedLayer } from '@softpool/onnx/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The bytes of a model. Rejects with the layers that cannot be written. */
export async function exportOnnx(model: LayersModel, options: ToOnnxOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { toOnnx, UnsupportedLayersError } = await import('@softpool/onnx/tfjs');
  return await toOnnx(model, options).catch((error: unknown) => {
    if (error instanceof UnsupportedLayersError) throw unsupported(error.layers);
    throw error;
  });
}

function unsupported(layers: readonly UnsupportedLayer[]): Error {
  const words = layers.map(({ path, type, reason }) => `${path} (${reason === undefined ? type : `${type}: ${reason}`})`);
  return new Error(`these layers cannot be written as ONNX: ${words.join(', ')}`);
}
