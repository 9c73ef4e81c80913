// Files that share a process find TensorFlow.js on its cpu backend, whatever the one before used.
if ('_tfengine' in globalThis) {
  const [tf] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-cpu')]);
  await tf.setBackend('cpu');
}
