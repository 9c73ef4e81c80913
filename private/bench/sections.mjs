// The sections of the report: each measures what belongs together, and makes a table of it.
import { createThreadedSoftPool, poolGeometry, softPool2d, softPool2dGrad, softPool3d } from 'softpool';
import { activations, sizeOf } from './activations.mjs';
import { measure, ratio } from './measure.mjs';
import { plainSoftPool2d, plainSoftPool2dGrad, plainSoftPool3d } from './plain-loop.mjs';
import { discard, inPool, onnxPool, startTensorFlow } from './subjects.mjs';

/**
 * @typedef {import('./measure.mjs').Timing} Timing
 * @typedef {{ work: string, measured: string, target: string, reached: boolean }} Target
 * @typedef {{ work: string, subject: string, timing: Timing, elements: number, bytes?: number }} Row
 * @typedef {{ targets: Target[], rows: Row[] }} Section
 * @typedef {{ size: string, elements: number, kernel: string, ours: number, plain: number, ratio: number }} SmallPoint
 * @typedef {{ kernelSize: number, layout: string, ours: number, plain: number }} KernelPoint
 */

const SHAPE_2D = [8, 64, 112, 112];
const SHAPE_2D_LAST = [8, 112, 112, 64];
const SHAPE_3D = [2, 32, 16, 56, 56];
const SHAPE_3D_LAST = [2, 16, 56, 56, 32];
const MEMORY = 512 * 2 ** 20;

/** Milliseconds of calls in a row, where threads are measured: they are woken for the first, and are awake for the next, as in a program at work. */
const IN_A_ROW = 50;

/**
 * 2×2 windows at stride 2: against a copy, the peers, and two threads.
 *
 * @returns {Promise<Section>}
 */
export async function pairs() {
  const options = { kernelSize: 2, stride: 2 };
  const last = /** @type {const} */ ({ ...options, layout: 'channelsLast' });
  const one = await createThreadedSoftPool({ threads: 1, memoryBytes: MEMORY });
  const two = await createThreadedSoftPool({ threads: 2, memoryBytes: MEMORY });
  const [first, positions] = [activations(SHAPE_2D), activations(SHAPE_2D_LAST)];
  const [x, xLast, target] = [inPool(one, first), inPool(one, positions), inPool(one, first)];
  const [xTwo, xTwoLast] = [inPool(two, first), inPool(two, positions)];
  const tensorFlow = await startTensorFlow();
  const tfX = tensorFlow.tensor(positions);
  const outputShape = [...poolGeometry(SHAPE_2D, { ...options, spatialDims: 2 }).outputShape];
  const subjects = {
    copy: () => target.data.set(x.data),
    first: () => discard(one, one.softPool2d(x, options)),
    last: () => discard(one, one.softPool2d(xLast, last)),
    twoFirst: () => discard(two, two.softPool2d(xTwo, options)),
    twoLast: () => discard(two, two.softPool2d(xTwoLast, last)),
    heapFirst: () => softPool2d(first, options),
    heapLast: () => softPool2d(positions, last),
    tfAverage: () => tensorFlow.averagePool(tfX, options),
    tfMax: () => tensorFlow.maxPool(tfX, options),
    tfComposition: () => tensorFlow.composition(tfX, options),
    onnxAverage: await onnxPool('AveragePool', first, options, outputShape),
    onnxMax: await onnxPool('MaxPool', first, options, outputShape),
    plainFirst: () => plainSoftPool2d(first, options),
    plainLast: () => plainSoftPool2d(positions, last),
  };
  const timings = await measure(subjects, { sampleMilliseconds: IN_A_ROW });
  one.dispose();
  two.dispose();
  const work = '2×2/2, [8,64,112,112]';
  /** @type {(subject: string, timing: Timing) => Row} */
  const row = (subject, timing) => ({ work, subject, timing, elements: sizeOf(SHAPE_2D) });
  return {
    targets: [
      atLeast(`${work}, channelsFirst: rate of a copy`, ratio(timings.copy, timings.first), 0.3),
      atLeast(`${work}, channelsLast: rate of a copy`, ratio(timings.copy, timings.last), 0.3),
      atLeast(`${work}, channelsFirst: speed of TensorFlow.js's composition`, ratio(timings.tfComposition, timings.first), 18),
      atLeast(`${work}, channelsLast: speed of TensorFlow.js's composition`, ratio(timings.tfComposition, timings.last), 18),
      atMost(`${work}, channelsLast: time of TensorFlow.js's avgPool`, ratio(timings.last, timings.tfAverage), 1.5),
      atLeast(`${work}, channelsFirst: two threads over one`, ratio(timings.first, timings.twoFirst), 1.8),
      atLeast(`${work}, channelsLast: two threads over one`, ratio(timings.last, timings.twoLast), 1.8),
    ],
    rows: [
      row('copy in the same memory', timings.copy),
      row('SoftPool, channelsFirst', timings.first),
      row('SoftPool, channelsLast', timings.last),
      row('SoftPool, channelsFirst, two threads', timings.twoFirst),
      row('SoftPool, channelsLast, two threads', timings.twoLast),
      row('SoftPool, channelsFirst, from and to the JavaScript heap', timings.heapFirst),
      row('SoftPool, channelsLast, from and to the JavaScript heap', timings.heapLast),
      row('TensorFlow.js wasm avgPool, channelsLast', timings.tfAverage),
      row('TensorFlow.js wasm maxPool, channelsLast', timings.tfMax),
      row('TensorFlow.js wasm composition, channelsLast', timings.tfComposition),
      row('ONNX Runtime AveragePool, channelsFirst', timings.onnxAverage),
      row('ONNX Runtime MaxPool, channelsFirst', timings.onnxMax),
      row('plain loop, channelsFirst', timings.plainFirst),
      row('plain loop, channelsLast', timings.plainLast),
    ],
  };
}

/**
 * 3×3 windows at stride 2 with padding 1, the stem of a ResNet, against 2×2 windows and the peers.
 *
 * @returns {Promise<Section>}
 */
export async function overlapping() {
  const options = { kernelSize: 3, stride: 2, padding: 1 };
  const last = /** @type {const} */ ({ ...options, layout: 'channelsLast' });
  const pool = await createThreadedSoftPool({ threads: 1, memoryBytes: MEMORY });
  const [first, positions] = [activations(SHAPE_2D), activations(SHAPE_2D_LAST)];
  const [x, xLast] = [inPool(pool, first), inPool(pool, positions)];
  const tensorFlow = await startTensorFlow();
  const tfX = tensorFlow.tensor(positions);
  const outputShape = [...poolGeometry(SHAPE_2D, { ...options, spatialDims: 2 }).outputShape];
  const timings = await measure({
    first: () => discard(pool, pool.softPool2d(x, options)),
    last: () => discard(pool, pool.softPool2d(xLast, last)),
    pairsFirst: () => discard(pool, pool.softPool2d(x, { kernelSize: 2 })),
    pairsLast: () => discard(pool, pool.softPool2d(xLast, { kernelSize: 2, layout: 'channelsLast' })),
    tfAverage: () => tensorFlow.averagePool(tfX, options),
    tfMax: () => tensorFlow.maxPool(tfX, options),
    onnxAverage: await onnxPool('AveragePool', first, options, outputShape),
    onnxMax: await onnxPool('MaxPool', first, options, outputShape),
    plainFirst: () => plainSoftPool2d(first, options),
    plainLast: () => plainSoftPool2d(positions, last),
  });
  pool.dispose();
  const work = '3×3/2 pad 1, [8,64,112,112]';
  /** @type {(subject: string, timing: Timing) => Row} */
  const row = (subject, timing) => ({ work, subject, timing, elements: sizeOf(SHAPE_2D) });
  return {
    targets: [
      atMost(`${work}, channelsFirst: time of 2×2/2`, ratio(timings.first, timings.pairsFirst), 1.6),
      atMost(`${work}, channelsLast: time of 2×2/2`, ratio(timings.last, timings.pairsLast), 1.6),
    ],
    rows: [
      row('SoftPool, channelsFirst', timings.first),
      row('SoftPool, channelsLast', timings.last),
      row('TensorFlow.js wasm avgPool, channelsLast', timings.tfAverage),
      row('TensorFlow.js wasm maxPool, channelsLast', timings.tfMax),
      row('ONNX Runtime AveragePool, channelsFirst', timings.onnxAverage),
      row('ONNX Runtime MaxPool, channelsFirst', timings.onnxMax),
      row('plain loop, channelsFirst', timings.plainFirst),
      row('plain loop, channelsLast', timings.plainLast),
    ],
  };
}

/**
 * 2×2×2 windows of video against 2×2 windows of images, element by element, and the peers.
 *
 * @returns {Promise<Section>}
 */
export async function video() {
  const options = { kernelSize: 2, stride: 2 };
  const pool = await createThreadedSoftPool({ threads: 1, memoryBytes: MEMORY });
  const first = activations(SHAPE_3D);
  const [x, xLast] = [inPool(pool, first), inPool(pool, activations(SHAPE_3D_LAST))];
  const [image, imageLast] = [inPool(pool, activations(SHAPE_2D)), inPool(pool, activations(SHAPE_2D_LAST))];
  const outputShape = [...poolGeometry(SHAPE_3D, { ...options, spatialDims: 3 }).outputShape];
  const timings = await measure({
    first: () => discard(pool, pool.softPool3d(x, options)),
    last: () => discard(pool, pool.softPool3d(xLast, { ...options, layout: 'channelsLast' })),
    imageFirst: () => discard(pool, pool.softPool2d(image, options)),
    imageLast: () => discard(pool, pool.softPool2d(imageLast, { ...options, layout: 'channelsLast' })),
    heap: () => softPool3d(first, options),
    onnxAverage: await onnxPool('AveragePool', first, options, outputShape),
    onnxMax: await onnxPool('MaxPool', first, options, outputShape),
    plain: () => plainSoftPool3d(first, options),
  });
  pool.dispose();
  const work = '2×2×2/2, [2,32,16,56,56]';
  const elements = sizeOf(SHAPE_3D);
  const perElement = sizeOf(SHAPE_2D) / elements;
  /** @type {(subject: string, timing: Timing) => Row} */
  const row = (subject, timing) => ({ work, subject, timing, elements });
  return {
    targets: [
      atMost(`${work}, channelsFirst: time of 2-D per input element`, ratio(timings.first, timings.imageFirst) * perElement, 1.3),
      atMost(`${work}, channelsLast: time of 2-D per input element`, ratio(timings.last, timings.imageLast) * perElement, 1.3),
    ],
    rows: [
      row('SoftPool, channelsFirst', timings.first),
      row('SoftPool, channelsLast', timings.last),
      row('SoftPool, channelsFirst, from and to the JavaScript heap', timings.heap),
      row('ONNX Runtime AveragePool, channelsFirst', timings.onnxAverage),
      row('ONNX Runtime MaxPool, channelsFirst', timings.onnxMax),
      row('plain loop, channelsFirst', timings.plain),
    ],
  };
}

/**
 * Both gradients of 2×2 windows against their forward.
 *
 * @returns {Promise<Section>}
 */
export async function backward() {
  const pool = await createThreadedSoftPool({ threads: 1, memoryBytes: MEMORY });
  const [first, dyFirst] = [activations(SHAPE_2D), activations([8, 64, 56, 56])];
  const [x, xLast] = [inPool(pool, first), inPool(pool, activations(SHAPE_2D_LAST))];
  const [dy, dyLast] = [inPool(pool, dyFirst), inPool(pool, activations([8, 56, 56, 64]))];
  /** @type {(gradient: import('softpool').Gradient) => import('softpool').PoolOptions & import('softpool').GradientOptions} */
  const options = (gradient) => ({ kernelSize: 2, gradient });
  /** @type {typeof options} */
  const last = (gradient) => ({ kernelSize: 2, layout: 'channelsLast', gradient });
  const timings = await measure({
    forwardFirst: () => discard(pool, pool.softPool2d(x, { kernelSize: 2 })),
    forwardLast: () => discard(pool, pool.softPool2d(xLast, { kernelSize: 2, layout: 'channelsLast' })),
    weightsFirst: () => discard(pool, pool.softPool2dGrad(x, dy, options('weights'))),
    weightsLast: () => discard(pool, pool.softPool2dGrad(xLast, dyLast, last('weights'))),
    exactFirst: () => discard(pool, pool.softPool2dGrad(x, dy, options('exact'))),
    exactLast: () => discard(pool, pool.softPool2dGrad(xLast, dyLast, last('exact'))),
    heap: () => softPool2dGrad(first, dyFirst, options('exact')),
    plainWeights: () => plainSoftPool2dGrad(first, dyFirst, { kernelSize: 2, gradient: 'weights' }),
    plainExact: () => plainSoftPool2dGrad(first, dyFirst, { kernelSize: 2, gradient: 'exact' }),
  });
  pool.dispose();
  const work = '2×2/2 backward, [8,64,112,112]';
  /** @type {(subject: string, timing: Timing) => Row} */
  const row = (subject, timing) => ({ work, subject, timing, elements: sizeOf(SHAPE_2D) });
  return {
    targets: [
      atMost(`${work}, weights, channelsFirst: time of the forward`, ratio(timings.weightsFirst, timings.forwardFirst), 2.5),
      atMost(`${work}, weights, channelsLast: time of the forward`, ratio(timings.weightsLast, timings.forwardLast), 2.5),
      atMost(`${work}, exact, channelsFirst: time of the forward`, ratio(timings.exactFirst, timings.forwardFirst), 2.5),
      atMost(`${work}, exact, channelsLast: time of the forward`, ratio(timings.exactLast, timings.forwardLast), 2.5),
    ],
    rows: [
      row('SoftPool weights, channelsFirst', timings.weightsFirst),
      row('SoftPool weights, channelsLast', timings.weightsLast),
      row('SoftPool exact, channelsFirst', timings.exactFirst),
      row('SoftPool exact, channelsLast', timings.exactLast),
      row('SoftPool exact, channelsFirst, from and to the JavaScript heap', timings.heap),
      row('plain loop weights, channelsFirst', timings.plainWeights),
      row('plain loop exact, channelsFirst', timings.plainExact),
    ],
  };
}

/**
 * The other element types and weights, on the pool's own memory where it can serve them there.
 *
 * @returns {Promise<Section>}
 */
export async function variants() {
  const options = { kernelSize: 2, stride: 2 };
  const pool = await createThreadedSoftPool({ threads: 1, memoryBytes: MEMORY });
  const numbers = activations(SHAPE_2D);
  const x = inPool(pool, numbers);
  const xLast = inPool(pool, activations(SHAPE_2D_LAST));
  const halves = pool.allocate(SHAPE_2D, 'float16');
  const doubles = pool.allocate(SHAPE_2D, 'float64');
  doubles.data.set(numbers.data);
  // Positive numbers from 0.5 to 2, as bits: sign 0, exponent 14 or 15, any fraction.
  numbers.data.forEach((value, i) => {
    halves.data[i] = (14 << 10) + (Math.floor(Math.abs(value) * 1e4) % 2048);
  });
  /** @param {Promise<import('softpool').Tensor>} result */
  const free = async (result) => pool.free(await result);
  const timings = await measure({
    float32: () => free(pool.softPool2d(x, options)),
    float16: () => free(pool.softPool2d(halves, options)),
    float64: () => free(pool.softPool2d(doubles, options)),
    sharedFirst: () => free(pool.softPool2d(x, { ...options, weights: 'shared' })),
    sharedLast: () => free(pool.softPool2d(xLast, { ...options, weights: 'shared', layout: 'channelsLast' })),
    dilated: () => free(pool.softPool2d(x, { kernelSize: 2, stride: 1, dilation: 2 })),
    global: () => free(pool.globalSoftPool(x)),
    adaptive: () => free(pool.adaptiveSoftPool2d(x, { outputSize: 7 })),
  });
  pool.dispose();
  const elements = sizeOf(SHAPE_2D);
  const work = '[8,64,112,112]';
  return {
    targets: [],
    rows: [
      { work, subject: '2×2/2 float32', timing: timings.float32, elements },
      { work, subject: '2×2/2 float16', timing: timings.float16, elements, bytes: 2 },
      { work, subject: '2×2/2 float64', timing: timings.float64, elements, bytes: 8 },
      { work, subject: '2×2/2 shared weights, channelsFirst', timing: timings.sharedFirst, elements },
      { work, subject: '2×2/2 shared weights, channelsLast', timing: timings.sharedLast, elements },
      { work, subject: '2×2/1 dilation 2', timing: timings.dilated, elements },
      { work, subject: 'global', timing: timings.global, elements },
      { work, subject: 'adaptive to 7×7', timing: timings.adaptive, elements },
    ],
  };
}

/**
 * Windows at stride 1 of growing size, with padding that keeps the size: what an output costs.
 *
 * @returns {Promise<KernelPoint[]>}
 */
export async function kernels() {
  const shape = [1, 16, 112, 112];
  const shapeLast = [1, 112, 112, 16];
  const pool = await createThreadedSoftPool({ threads: 1, memoryBytes: MEMORY });
  const [first, positions] = [activations(shape), activations(shapeLast)];
  const [x, xLast] = [inPool(pool, first), inPool(pool, positions)];
  /** @type {KernelPoint[]} */
  const points = [];
  for (const kernelSize of [3, 5, 7, 11]) {
    const options = { kernelSize, stride: 1, padding: (kernelSize - 1) / 2 };
    const last = /** @type {const} */ ({ ...options, layout: 'channelsLast' });
    const timings = await measure(
      {
        first: () => discard(pool, pool.softPool2d(x, options)),
        last: () => discard(pool, pool.softPool2d(xLast, last)),
        plainFirst: () => plainSoftPool2d(first, options),
        plainLast: () => plainSoftPool2d(positions, last),
      },
      { rounds: 11 },
    );
    const nanoseconds = (/** @type {Timing} */ timing) => (timing.median * 1e6) / sizeOf(shape);
    points.push(
      { kernelSize, layout: 'channelsFirst', ours: nanoseconds(timings.first), plain: nanoseconds(timings.plainFirst) },
      { kernelSize, layout: 'channelsLast', ours: nanoseconds(timings.last), plain: nanoseconds(timings.plainLast) },
    );
  }
  pool.dispose();
  return points;
}

/**
 * Small tensors, synchronously, from and to the JavaScript heap, against the plain loop.
 *
 * @returns {Promise<SmallPoint[]>}
 */
export async function small() {
  /** @type {SmallPoint[]} */
  const points = [];
  /** @type {[channels: number, side: number][]} */
  const sizes = [
    [1, 2],
    [1, 3],
    [1, 4],
    [1, 6],
    [1, 8],
    [2, 8],
    [1, 16],
    [2, 16],
    [4, 16],
    [8, 16],
    [16, 16],
    [8, 32],
    [16, 32],
  ];
  for (const [channels, side] of sizes) {
    for (const layout of /** @type {const} */ (['channelsFirst', 'channelsLast'])) {
      const shape = layout === 'channelsFirst' ? [1, channels, side, side] : [1, side, side, channels];
      const x = activations(shape);
      for (const options of [
        { kernelSize: 2, stride: 2, layout },
        { kernelSize: 3, stride: 2, padding: 1, layout },
      ]) {
        const timings = await measure(
          { ours: () => softPool2d(x, options), plain: () => plainSoftPool2d(x, options) },
          { sampleMilliseconds: 4 },
        );
        points.push({
          size: `[${shape.join(',')}]`,
          elements: x.data.length,
          kernel: `${options.kernelSize}×${options.kernelSize}/2, ${layout}`,
          ours: timings.ours.median * 1e6,
          plain: timings.plain.median * 1e6,
          ratio: ratio(timings.plain, timings.ours),
        });
      }
    }
  }
  return points;
}

/**
 * @param {string} work
 * @param {number} measured
 * @param {number} target
 * @returns {Target}
 */
function atLeast(work, measured, target) {
  return { work, measured: `${measured.toFixed(2)}×`, target: `≥ ${target}×`, reached: measured >= target };
}

/**
 * @param {string} work
 * @param {number} measured
 * @param {number} target
 * @returns {Target}
 */
function atMost(work, measured, target) {
  return { work, measured: `${measured.toFixed(2)}×`, target: `≤ ${target}×`, reached: measured <= target };
}
