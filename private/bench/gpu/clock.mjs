// How long the GPU takes: by its own timestamps, or where it has none by the time from submission to the end of the work.

/** Values of GPUBufferUsage and GPUMapMode, which Node has only as part of a package. */
const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, QUERY_RESOLVE: 512 };
const READ = 1;

/** Milliseconds of work before the first that counts, in which programs are compiled and clocks rise. */
const WARM_UP = 50;

const MOST_CALLS = 500;
const MOST_BATCHES = 30;

/**
 * Work that can be repeated within one submission.
 *
 * @typedef {object} GpuSubject
 * @property {(encoder: GPUCommandEncoder) => void} record - Records one call.
 * @property {number} [mostCalls] - Calls whose results the memory holds. Default: it does not matter.
 * @property {() => Promise<void>} [settle] - After a batch: throws what went wrong in it, and frees the results.
 *
 * @typedef {(record: (encoder: GPUCommandEncoder) => void) => Promise<number>} Clock - Milliseconds of what is recorded.
 */

/**
 * @param {import('./device.mjs').Gpu} gpu
 * @returns {Clock}
 */
export function makeClock({ device, timestamps }) {
  return timestamps ? timestampClock(device) : wallClock(device);
}

/**
 * A sampler: batches of calls until they have taken so long together, in milliseconds a call.
 *
 * @param {Clock} clock
 * @param {GpuSubject} subject
 * @param {number} milliseconds
 * @returns {Promise<() => Promise<number>>}
 */
export async function samplerOf(clock, { record, mostCalls = MOST_CALLS, settle = async () => {} }, milliseconds) {
  /** @param {number} calls */
  const batch = async (calls) => {
    const taken = await clock((encoder) => {
      for (let i = 0; i < calls; i++) record(encoder);
    });
    await settle();
    return taken;
  };
  await batch(1);
  const start = performance.now();
  do await batch(1);
  while (performance.now() - start < WARM_UP);
  const once = Math.max(1e-3, Math.min(await batch(1), await batch(1), await batch(1)));
  const calls = Math.ceil(Math.min(milliseconds / once, mostCalls, MOST_CALLS));
  const batches = Math.ceil(Math.min(milliseconds / (once * calls), MOST_BATCHES));
  return async () => {
    let taken = 0;
    for (let i = 0; i < batches; i++) taken += await batch(calls);
    return taken / (batches * calls);
  };
}

/**
 * Two passes without work, before and after, note the time.
 *
 * @param {GPUDevice} device
 * @returns {Clock}
 */
function timestampClock(device) {
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC });
  const staging = device.createBuffer({ size: 16, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  return async (record) => {
    const encoder = device.createCommandEncoder();
    encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0 } }).end();
    record(encoder);
    encoder.beginComputePass({ timestampWrites: { querySet, endOfPassWriteIndex: 1 } }).end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(READ);
    const [first = 0n, last = 0n] = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.unmap();
    if (last <= first) throw new Error(`bench:gpu: the device's timestamps do not rise: ${first}, ${last}`);
    return Number(last - first) / 1e6;
  };
}

/**
 * @param {GPUDevice} device
 * @returns {Clock}
 */
function wallClock(device) {
  return async (record) => {
    const encoder = device.createCommandEncoder();
    record(encoder);
    const commands = encoder.finish();
    await device.queue.onSubmittedWorkDone();
    const start = performance.now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
}
