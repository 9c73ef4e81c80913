// Trains a small network with soft, max and average pooling in Node, from npm packages alone:
// npm run example:tfjs
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import '@softpool/tfjs/wasm-training'; // TensorFlow.js cannot train convolutions on wasm by itself
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { makeNetwork, POOLINGS } from './network.mjs';
import { drawShapes } from './shapes.mjs';

const { values: options } = parseArgs({
  options: { epochs: { type: 'string', default: '8' }, output: { type: 'string', default: 'example-output' } },
});

await tf.setBackend('wasm');
const training = drawShapes(900, 1);
const unseen = drawShapes(600, 1001);

for (const pooling of /** @type {(keyof typeof POOLINGS)[]} */ (Object.keys(POOLINGS))) {
  const model = makeNetwork(pooling);
  const start = performance.now();
  await model.fit(training.images, training.labels, {
    epochs: Number(options.epochs),
    batchSize: 16,
    shuffle: false, // the classes already take turns, and each run gives the same numbers
    verbose: 0,
    callbacks: { onEpochEnd: (epoch, logs) => console.log(`${pooling}: epoch ${epoch + 1}, loss ${logs?.loss?.toFixed(3)}`) },
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${pooling}: ${percentRight(model)} % of 600 pictures that it has not seen, after ${seconds} s`);

  const folder = `${options.output}/shapes-${pooling}`;
  await save(model, folder);
  console.log(`${pooling}: saved in ${folder}; loaded again, ${percentRight(await load(folder))} %\n`);
}

/** @param {tfl.LayersModel} model */
function percentRight(model) {
  return tf.tidy(() => {
    const predicted = /** @type {tf.Tensor} */ (model.predict(unseen.images));
    const isRight = tf.equal(tf.argMax(predicted, 1), tf.argMax(unseen.labels, 1));
    return (100 * Number(tf.mean(tf.cast(isRight, 'float32')).dataSync()[0])).toFixed(1);
  });
}

/**
 * Writes a model.json and its weights. In a browser `model.save('downloads://shapes')` does it.
 *
 * @param {tfl.LayersModel} model
 * @param {string} folder
 */
async function save(model, folder) {
  await mkdir(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, weightSpecs = [], ...artifacts }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      await writeFile(`${folder}/model.json`, JSON.stringify({ ...artifacts, weightsManifest }));
      await writeFile(`${folder}/weights.bin`, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}

/**
 * Reads it. In a browser `tf.loadLayersModel('shapes/model.json')` does it.
 *
 * @param {string} folder
 */
async function load(folder) {
  const { weightsManifest, ...artifacts } = JSON.parse(await readFile(`${folder}/model.json`, 'utf8'));
  const weightData = Uint8Array.from(await readFile(`${folder}/weights.bin`)).buffer;
  return tfl.loadLayersModel(tf.io.fromMemory({ ...artifacts, weightSpecs: weightsManifest[0].weights, weightData }));
}
