/** TensorFlow.js, loaded when it is first needed: it takes longer to start than everything else. */
import { requirePackages } from './packages.ts';

/**
 * Starts a backend of TensorFlow.js, with the ops and layers of `@softpool/tfjs`. `cpu` starts at
 * once and is for work that computes nothing; `wasm` is fast, with kernels that are right for 3-D
 * max pooling.
 */
export async function startTensorFlow(backend: 'cpu' | 'wasm'): Promise<typeof import('@tensorflow/tfjs-core')> {
  requirePackages('@softpool/tfjs', `@tensorflow/tfjs-backend-${backend}`);
  const [tf] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@softpool/tfjs'),
    backend === 'cpu' ? import('@tensorflow/tfjs-backend-cpu') : import('@softpool/tfjs/wasm-training'),
  ]);
  tf.enableProdMode(); // otherwise TensorFlow.js advises users of Node to install another package
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend`);
  return tf;
}
