// The page: trains the network in the browser, on the backend that was chosen.
/// <reference types="vite/client" />
import '@softpool/tfjs/wasm-training';
import '@softpool/tfjs/webgl';
import '@softpool/tfjs/webgpu';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { makeNetwork } from './network.mjs';
import { drawShapes, SIZE } from './shapes.mjs';

const EPOCHS = 8;

setWasmPaths({ 'tfjs-backend-wasm.wasm': plain, 'tfjs-backend-wasm-simd.wasm': simd, 'tfjs-backend-wasm-threaded-simd.wasm': threaded });

const form = /** @type {HTMLFormElement} */ (document.querySelector('#settings'));
const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
const message = /** @type {HTMLElement} */ (document.querySelector('#message'));

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const [pooling, backend] = ['pooling', 'backend'].map((name) => String(new FormData(form).get(name)));
  button.disabled = true;
  try {
    await train(/** @type {Parameters<typeof makeNetwork>[0]} */ (pooling), String(backend));
    say('Done. Choose another pooling or backend to compare.');
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  } finally {
    button.disabled = false;
  }
});

await tf.setBackend('cpu');
showPictures();

/**
 * Trains a new network, and says how it does after each epoch in a row of the table.
 *
 * @param {Parameters<typeof makeNetwork>[0]} pooling
 * @param {string} backend
 */
async function train(pooling, backend) {
  say(`Starting ${backend} …`);
  if (!(await tf.setBackend(backend))) throw new Error(`This browser has no ${backend}. Choose another backend.`);
  const [training, unseen] = [drawShapes(900, 1), drawShapes(300, 1001)];
  const model = makeNetwork(pooling);
  const cells = addRow([pooling, backend, '0', '', '', '']);
  let start = performance.now();
  await model.fit(training.images, training.labels, {
    epochs: EPOCHS,
    batchSize: 16,
    shuffle: false, // the classes already take turns, and each run gives the same numbers
    validationData: [unseen.images, unseen.labels],
    yieldEvery: 'batch', // so that the page stays alive
    callbacks: {
      onBatchEnd: (batch) => say(`Training: batch ${batch + 1} of ${Math.ceil(training.images.shape[0] / 16)}`),
      onEpochEnd: (epoch, logs) => {
        const seconds = ((performance.now() - start) / 1000).toFixed(2);
        const numbers = [String(epoch + 1), logs?.loss?.toFixed(3), `${(100 * Number(logs?.val_acc)).toFixed(1)} %`, `${seconds} s`];
        for (const [i, text] of numbers.entries()) /** @type {HTMLElement} */ (cells[i + 2]).textContent = String(text);
        start = performance.now();
      },
    },
  });
  model.dispose();
  tf.dispose([Object.values(training), Object.values(unseen)]);
}

/** @param {string[]} texts */
function addRow(texts) {
  const row = /** @type {HTMLTableSectionElement} */ (document.querySelector('#runs')).insertRow(0);
  return texts.map((text) => {
    const cell = row.insertCell();
    cell.textContent = text;
    return cell;
  });
}

/**
 * @param {string} text
 * @param {boolean} isError
 */
function say(text, isError = false) {
  message.textContent = text;
  message.classList.toggle('error', isError);
}

/** Draws the first pictures, twelve in a row. */
function showPictures() {
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#pictures'));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const perRow = canvas.width / SIZE;
  const { images, labels } = drawShapes((perRow * canvas.height) / SIZE, 1);
  const values = images.dataSync();
  for (let i = 0; i < images.shape[0]; i++) {
    const picture = context.createImageData(SIZE, SIZE);
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      // clamped to 0–255
      picture.data.fill(255 * Number(values[i * SIZE * SIZE + pixel]), pixel * 4, pixel * 4 + 3);
      picture.data[pixel * 4 + 3] = 255;
    }
    context.putImageData(picture, (i % perRow) * SIZE, Math.floor(i / perRow) * SIZE);
  }
  tf.dispose([images, labels]);
}
