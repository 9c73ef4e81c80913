/** TensorFlow.js, loaded when it is first needed: it takes longer to start than everything else. */
import { requireTensorFlow } from './packages.ts';

/**
 * Starts a backend of TensorFlow.js, with the ops and layers of `@softpool/tfjs`. `cpu` starts at
 * once and is for work that computes nothing; `wasm` is fast, with kernels that are right for 3-D
 * max pooling. `packages` are those that the command needs besides.
 */
export async function startTensorFlow(
  backend: 'cpu' | 'wasm',
  packages: readonly string[] = [],
): Promise<typeof import('@tensorflow/tfjs-core')> {
  requireTensorFlow(backend, '@softpool/tfjs', ...packages);
  const [tf] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@softpool/tfjs'),
    backend === 'cpu' ? import('@tensorflow/tfjs-backend-cpu') : import('@softpool/tfjs/wasm-training'),
  ]);
  tf.enableProdMode(); // otherwise TensorFlow.js advises users of Node to install another package
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend`);
  return tf;
}
