/**
 * The GPU backend apart from its results: which tensors it accepts, how it fails, and which buffers
 * it keeps.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../api/tensor.ts';
import * as softpool from '../index.ts';
import { createGpuSoftPool, type GpuSoftPool, type GpuTensor } from '../webgpu.ts';
import { requestDevice } from './device.ts';

const X: Tensor<Float32Array> = { data: Float32Array.from({ length: 2 * 3 * 8 * 12 }, (_, i) => Math.sin(i * i)), shape: [2, 3, 8, 12] };
const POOL = { kernelSize: 2 } as const;

let held: Awaited<ReturnType<typeof requestDevice>> | undefined;
let device: GPUDevice;
let pool: GpuSoftPool;
beforeAll(async () => {
  held = await requestDevice();
  device = held.device;
  pool = await createGpuSoftPool({ device });
});
afterAll(() => held?.release());

describe('a tensor', () => {
  test('survives upload and read with any number of trailing bytes', async () => {
    for (let length = 1; length <= 9; length++) {
      const numbers = { data: Float32Array.from({ length }, (_, i) => i / 3), shape: [1, length] };
      const bits = { data: Uint16Array.from({ length }, (_, i) => 0x3c00 + 17 * i), shape: [1, length], dtype: 'float16' as const };
      expect(await pool.read(pool.upload(numbers))).toEqual(numbers);
      expect(await pool.read(pool.upload(bits))).toEqual(bits);
    }
  });

  test('of float64 is refused, since WGSL lacks it', () => {
    expect(() => pool.upload({ data: new Float64Array(4), shape: [1, 4] })).toThrow(
      new TypeError(
        "upload: tensor must be float32 or float16, received 'float64', which WGSL does not have: convert it to a Float32Array",
      ),
    );
  });

  test('whose buffer was transferred is refused', () => {
    const data = new Float32Array(4);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    const message = 'upload: tensor.data.length must be 4 for the shape [1, 4], received 0: its buffer may be transferred';
    expect(() => pool.upload({ data, shape: [1, 4] })).toThrow(new RangeError(message));
  });

  test('of a batch of 0 gives an empty result, and without channels is refused', async () => {
    const empty = pool.upload({ data: new Float32Array(0), shape: [0, 3, 8, 8] });
    expect(await pool.read(pool.softPool2d(empty, { kernelSize: 2 }))).toEqual({ data: new Float32Array(0), shape: [0, 3, 4, 4] });
    const wrapped = { buffer: pool.upload(X).buffer, shape: [2, 0, 8, 8], dtype: 'float32' as const };
    expect(() => pool.softPool2d(wrapped, POOL)).toThrow('softPool2d: x.shape[1] must be a positive integer, received 0');
  });

  test('is read with the options that there are', async () => {
    const x = pool.upload(X);
    for (const [options, message] of [
      [null, 'options must be an object, received null'],
      [{ signla: undefined }, 'options.signla is not an option of this call; it takes signal'],
      [{ signal: {} }, 'options.signal must be an AbortSignal, received Object'],
    ] as const) {
      await expect(pool.read(x, options as never)).rejects.toThrow(`read: ${message}`);
    }
  });

  test('is not read once the signal is aborted', async () => {
    const x = pool.upload(X);
    const reason = new Error('not wanted');
    await expect(pool.read(x, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const read = expect(pool.read(x, { signal: controller.signal })).rejects.toBe(reason);
    controller.abort(reason);
    await read;
    expect((await pool.read(x, { signal: new AbortController().signal })).data).toEqual(X.data);
    const old = Object.assign(new EventTarget(), { aborted: false }); // as in Chrome 92
    expect((await pool.read(x, { signal: old as AbortSignal })).data).toEqual(X.data);
    old.aborted = true;
    await expect(pool.read(x, { signal: old as AbortSignal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('that the device cannot copy is not read as zeros', async () => {
    const unreadable = device.createBuffer({ size: X.data.byteLength, usage: 128 });
    await expect(pool.read({ ...X, buffer: unreadable, dtype: 'float32' })).rejects.toThrow(/^read: the GPU refused the work: .*CopySrc/);
    const destroyed = pool.upload(X);
    destroyed.buffer.destroy();
    await expect(pool.read(destroyed)).rejects.toThrow('read: the GPU refused the work: ');
    const other = await createGpuSoftPool();
    const foreign = { ...other.upload(X), buffer: other.device.createBuffer({ size: X.data.byteLength, usage: 128 | 4 }) };
    await expect(pool.read(foreign)).rejects.toThrow('read: the GPU refused the work: ');
    other.dispose();
    expect((await pool.read(pool.upload(X))).data).toEqual(X.data);
  });

  test('of more than 2^31 bytes is refused, as input and as result', () => {
    const { buffer } = pool.upload(X);
    expect(() => pool.softPool2d({ buffer, shape: [32, 64, 512, 513], dtype: 'float32' }, POOL)).toThrow(
      new RangeError(
        'softPool2d: x must be at most 2^31 (2147483648) bytes on the GPU, received 2151677952 for the shape [32, 64, 512, 513] of float32: split it along the batch',
      ),
    );
    const small = pool.upload({ data: new Float32Array(4), shape: [1, 2, 2] });
    expect(() => pool.adaptiveSoftPool2d(small, { outputSize: 30_000 })).toThrow(
      'adaptiveSoftPool2d: the result must be at most 2^31 (2147483648) bytes on the GPU, received 3600000000 for the shape [1, 30000, 30000]',
    );
  });

  test('may be made by the caller around any storage buffer of the device', async () => {
    const buffer = device.createBuffer({ size: X.data.byteLength, usage: 128 | 8 });
    device.queue.writeBuffer(buffer, 0, X.data as Float32Array<ArrayBuffer>);
    const y = await pool.read(pool.softPool2d({ buffer, shape: X.shape, dtype: 'float32' }, POOL));
    expectAlmost(y, softpool.softPool2d(X, POOL));
    const tensor = { buffer, shape: [2, 3, 8, 13], dtype: 'float32' as const };
    expect(() => pool.softPool2d(tensor, POOL)).toThrow(
      'softPool2d: x.buffer.size must be at least 2496 bytes for the shape [2, 3, 8, 13] of float32, received 2304',
    );
    const uniform = device.createBuffer({ size: 2304, usage: 64 });
    expect(() => pool.softPool2d({ ...tensor, buffer: uniform, shape: X.shape }, POOL)).toThrow(
      'softPool2d: x.buffer.usage must be one with STORAGE (128), received 64',
    );
  });

  test("of JavaScript's memory is refused with what to do", () => {
    expect(() => pool.softPool2d(X as unknown as GpuTensor, POOL)).toThrow(
      new TypeError('softPool2d: x must be a GpuTensor { buffer, shape, dtype }, received Object: copy it to the GPU with upload()'),
    );
    expect(() => pool.softPool2dGrad(pool.upload(X), undefined as unknown as GpuTensor, POOL)).toThrow(
      new TypeError('softPool2dGrad: dy must be a GpuTensor { buffer, shape, dtype }, received undefined'),
    );
    const dtype = 'float64' as unknown as 'float32';
    expect(() => pool.softPool2d({ ...pool.upload(X), dtype }, POOL)).toThrow("x.dtype must be 'float32' or 'float16', received 'float64'");
  });

  test('that was freed is refused', async () => {
    const x = pool.upload(X);
    pool.free(x);
    expect(() => pool.softPool2d(x, POOL)).toThrow(new Error('softPool2d: x was freed'));
    await expect(pool.read(x)).rejects.toThrow('read: tensor was freed');
    expect(() => pool.free(x)).toThrow('free: tensor was freed');
  });

  test('of another device is refused by every call', async () => {
    const other = await createGpuSoftPool();
    const theirs = other.upload(X);
    expect(() => pool.softPool2d(theirs, POOL)).toThrow(
      new TypeError(
        'softPool2d: x must be a tensor of this device, received Object of another device: read() it there and upload() it here',
      ),
    );
    const y = pool.softPool2d(pool.upload(X), POOL);
    expect(() => other.softPool2dGrad(theirs, y, POOL)).toThrow('softPool2dGrad: dy must be a tensor of this device');
    await expect(pool.read(theirs)).rejects.toThrow('read: tensor must be a tensor of this device');
    other.dispose();
  });
});

describe('an instance', () => {
  test('shares a device and its tensors with another', async () => {
    const other = await createGpuSoftPool({ device });
    const y = other.softPool2d(pool.upload(X), POOL);
    other.dispose();
    expectAlmost(await pool.read(y), softpool.softPool2d(X, POOL));
  });

  test('that was disposed refuses calls', async () => {
    const other = await createGpuSoftPool({ device });
    const x = other.upload(X);
    other.dispose();
    const message = 'this object was disposed: make another with createGpuSoftPool()';
    expect(() => other.softPool2d(x, POOL)).toThrow(`softPool2d: ${message}`);
    expect(() => other.upload(X)).toThrow(`upload: ${message}`);
    await expect(other.read(x)).rejects.toThrow(`read: ${message}`);
    other.dispose();
  });

  test('whose device is lost says how to continue', async () => {
    const other = await createGpuSoftPool();
    const x = other.upload(X);
    const y = other.softPool2d(x, POOL);
    const reading = other.read(y);
    other.device.destroy();
    const message = /: the GPU device is lost \(it was destroyed.*\), and its tensors with it: call createGpuSoftPool\(\) again/;
    await expect(reading).rejects.toThrow(message);
    await other.device.lost;
    expect(() => other.softPool2d(x, POOL)).toThrow(message);
    expect(() => other.upload(X)).toThrow(message);
    await expect(other.read(y)).rejects.toThrow(message);
  });

  test('whose device runs out of memory fails when a result is read, or anything computed from it', async () => {
    let full = false;
    const message = 'Failed to allocate memory for buffer.';
    const limited = changed(device, {
      popErrorScope() {
        const simulated = full ? ({ message } as GPUError) : null;
        return device.popErrorScope().then((error) => error ?? simulated);
      },
    });
    const other = await createGpuSoftPool({ device: limited });
    const x = other.upload(X);
    full = true;
    const y = other.softPool2d(x, POOL);
    full = false;
    const further = other.globalSoftPool(y);
    expect(await other.read(x)).toEqual(X);
    await expect(other.read(y)).rejects.toThrow(`softPool2d: the GPU has not enough memory: ${message}`);
    await expect(other.read(further)).rejects.toThrow(`softPool2d: the GPU has not enough memory: ${message}`);
  });

  test('computes again after a buffer between programs was too large for the device', async () => {
    let isFull = true;
    const limited = changed(device, {
      createBuffer: (descriptor: GPUBufferDescriptor) =>
        device.createBuffer(isFull && /among zeros/.test(descriptor.label ?? '') ? { ...descriptor, size: 2 ** 40 } : descriptor),
    });
    const other = await createGpuSoftPool({ device: limited });
    const options = { kernelSize: 2, padding: 1, padMode: 'zeros' } as const;
    const x = other.upload(X);
    await expect(other.read(other.softPool2d(x, options))).rejects.toThrow('softPool2d: the GPU refused the work: ');
    isFull = false;
    expectAlmost(await other.read(other.softPool2d(x, options)), softpool.softPool2d(X, options));
  });

  test('refuses invalid options', async () => {
    await expect(createGpuSoftPool({ device: 'gpu' as unknown as GPUDevice })).rejects.toThrow(
      new TypeError("createGpuSoftPool: options.device must be a GPUDevice, received 'gpu'"),
    );
    await expect(createGpuSoftPool({ threads: 2 } as object)).rejects.toThrow('createGpuSoftPool: options.threads is not an option');
  });

  test('keeps no buffers over 1,000 calls', { tags: 'long' }, async () => {
    const live = new Set<GPUBuffer>();
    const counting = changed(device, {
      createBuffer(descriptor: GPUBufferDescriptor) {
        const buffer = device.createBuffer(descriptor);
        live.add(buffer);
        const destroy = buffer.destroy.bind(buffer);
        buffer.destroy = () => {
          live.delete(buffer);
          return destroy();
        };
        return buffer;
      },
    });
    const other = await createGpuSoftPool({ device: counting });
    const once = async (i: number): Promise<void> => {
      const x = other.upload(X);
      const options = { kernelSize: 2 + (i % 2), stride: 2, weights: i % 3 === 0 ? 'shared' : 'perChannel' } as const;
      const y = other.softPool2d(x, options);
      const dx = other.softPool2dGrad(x, y, { ...options, gradient: 'exact' });
      if (i % 50 === 0) await other.read(dx);
      for (const tensor of [x, y, dx]) other.free(tensor);
    };
    for (let i = 0; i < 12; i++) await once(i);
    const before = live.size;
    for (let i = 0; i < 1000; i++) await once(i);
    expect(live.size).toBe(before);
  });
});

describe('a problem beyond the limits of the device', () => {
  const cases = [
    ['of a binding', { maxStorageBufferBindingSize: 6000 }],
    ['of a dimension of the grid', { maxComputeWorkgroupsPerDimension: 2 }],
  ] as const;
  test.each(cases)('%s is computed in parts', async (_, lower) => {
    const other = await createGpuSoftPool({ device: changed(device, { limits: changed(device.limits, lower) }) });
    for (const storage of ['float32', 'float16'] as const) {
      for (const options of [
        { kernelSize: 2 },
        { kernelSize: 3, stride: 2, padding: 1 },
        { kernelSize: 3, stride: 1, weights: 'shared' as const },
        { kernelSize: 3, stride: 1, dilation: 2 },
      ]) {
        const whole = tensorOf(storage, [7, 5, 8, 12]);
        const [here, there] = [pool.upload(whole), other.upload(whole)];
        const y = pool.softPool2d(here, options);
        const values = await pool.read(y);
        expect(await other.read(other.softPool2d(there, options))).toEqual(values);
        const exact = { ...options, gradient: 'exact' } as const;
        const dx = await pool.read(pool.softPool2dGrad(here, y, exact));
        expect(await other.read(other.softPool2dGrad(there, other.upload(values), exact))).toEqual(dx);
      }
    }
  });

  test('that cannot be split far enough is refused with what to do', async () => {
    const lower = { maxStorageBufferBindingSize: 512 };
    const other = await createGpuSoftPool({ device: changed(device, { limits: changed(device.limits, lower) }) });
    expect(() => other.softPool2d(other.upload(tensorOf('float32', [2, 1, 20, 20])), POOL)).toThrow(
      new RangeError(
        "softPool2d: x must be such that one plane or example takes at most 512 bytes, the device's maxStorageBufferBindingSize, received 1600: request the device with a larger limit, or split x",
      ),
    );
  });
});

describe('encodeInto', () => {
  test('records between passes of the caller without submitting', async () => {
    const x = pool.upload(X);
    const encoder = device.createCommandEncoder();
    const calls = pool.encodeInto(encoder);
    const y = calls.softPool2d(x, POOL);
    const dx = calls.softPool2dGrad(x, y, { ...POOL, gradient: 'exact' });
    const copy = pool.upload({ data: new Float32Array(X.data.length), shape: X.shape });
    // a pass of the caller
    encoder.copyBufferToBuffer(dx.buffer, 0, copy.buffer, 0, X.data.byteLength);
    expect((await pool.read(dx)).data.every((value) => value === 0)).toBe(true);
    device.queue.submit([encoder.finish()]);
    const expected = softpool.softPool2d(X, POOL);
    expectAlmost(await pool.read(y), expected);
    expectAlmost(await pool.read(copy), softpool.softPool2dGrad(X, expected, { ...POOL, gradient: 'exact' }));
  });
});

test('`into` takes the result, whatever it held before, and is returned', async () => {
  const x = pool.upload(X);
  const expected = softpool.softPool2d(X, { kernelSize: 2, stride: 3 });
  const y = pool.upload(expected);
  const used = pool.upload({ data: new Float32Array(X.data.length).fill(7), shape: X.shape });
  const options = { kernelSize: 2, stride: 3 } as const;
  expect(pool.softPool2dGrad(x, y, { ...options, into: used })).toBe(used);
  expectAlmost(await pool.read(used), softpool.softPool2dGrad(X, expected, options));
  const encoder = device.createCommandEncoder();
  pool.encodeInto(encoder).softPool2d(x, { ...options, into: y });
  device.queue.submit([encoder.finish()]);
  expectAlmost(await pool.read(y), expected);
  const small = pool.upload({ data: new Float32Array(1), shape: [1, 1, 1] });
  expect(() => pool.softPool2dGrad(x, y, { ...options, into: { ...small, shape: X.shape } })).toThrow(
    'softPool2dGrad: options.into.buffer.size must be at least 2304 bytes',
  );
  expect(() => pool.softPool2dGrad(x, y, { ...options, into: small })).toThrow(
    "softPool2dGrad: options.into.shape must be the result's shape",
  );
  expect(() => pool.softPool2dGrad(x, y, { ...options, into: x })).toThrow('options.into must be a buffer that no input uses');
});

test('a repeated gradient has the same bits', async () => {
  const x = pool.upload(tensorOf('float32', [1, 3, 33, 36]));
  const options = { kernelSize: 3, stride: 1, padding: 1, gradient: 'exact' } as const;
  const y = pool.softPool2d(x, { kernelSize: 3, stride: 1, padding: 1 });
  const first = await pool.read(pool.softPool2dGrad(x, y, options));
  for (let i = 0; i < 5; i++) expect(await pool.read(pool.softPool2dGrad(x, y, options))).toEqual(first);
});

/** An object of the browser or of Dawn, with some members replaced. */
function changed<T extends object>(original: T, members: object): T {
  return new Proxy(original, {
    get(target, name) {
      const value: unknown = Reflect.get(name in members ? members : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function tensorOf(dtype: 'float32' | 'float16', shape: readonly number[]): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  if (dtype === 'float32') return { data: Float32Array.from({ length }, (_, i) => Math.sin(i * i)), shape };
  return { data: Uint16Array.from({ length }, (_, i) => ((i * 7919) % 0x3c00) | ((i & 1) << 15)), shape, dtype };
}

function expectAlmost(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  Array.from(expected.data).forEach((value, i) => {
    expect(Math.abs((actual.data[i] as number) - value)).toBeLessThanOrEqual(2e-6);
  });
}
