/** Tensors whose buffers were transferred, or may change their length. */
import { describe, expect, test } from 'vitest';
import { softPool2d, softPool2dGrad } from '../index.ts';
import { createThreadedSoftPool } from '../threads.ts';

/** A buffer that may grow, whose constructor TypeScript's ES2023 library does not know. */
type Growing<Buffer> = new (bytes: number, options: { maxByteLength: number }) => Buffer;
const ResizableBuffer = ArrayBuffer as Growing<ArrayBuffer>;
const GrowableBuffer = SharedArrayBuffer as Growing<SharedArrayBuffer>;

const shape = [1, 4, 4];
const numbers = () => ({ data: Float32Array.from({ length: 16 }, (_, i) => i), shape });

/** Takes the memory away, as postMessage does with a list of buffers to transfer. */
const transfer = ({ buffer }: Float32Array<ArrayBuffer>): void => void structuredClone(buffer, { transfer: [buffer] });

function transferred(length: number): Float32Array {
  const data = new Float32Array(length);
  transfer(data);
  return data;
}

const changing = {
  'whose view follows a resizable buffer': new Float32Array(new ResizableBuffer(64, { maxByteLength: 128 })),
  'whose view of a resizable buffer has a length': new Float32Array(new ResizableBuffer(64, { maxByteLength: 128 }), 0, 16),
  'in a shared buffer that may grow': new Float32Array(new GrowableBuffer(64, { maxByteLength: 128 })),
};
const isChanging = /data\.buffer must be of fixed length, received (Shared)?ArrayBuffer: copy it$/;
const wasTransferred = (size: number, shown: string): string =>
  `data.length must be ${size} for the shape ${shown}, received 0: its buffer may be transferred`;

describe.each(Object.entries(changing))('a tensor %s', (_, data) => {
  test('is refused as input, gradient and result', async () => {
    using threads = await createThreadedSoftPool({ threads: 1 });
    const x = { data, shape };
    const wide = { kernelSize: 1 };
    expect(() => softPool2d(x, { kernelSize: 2 })).toThrow(isChanging);
    expect(() => softPool2dGrad(numbers(), x, wide)).toThrow(isChanging);
    expect(() => softPool2d(numbers(), { ...wide, into: x })).toThrow(isChanging);
    await expect(threads.softPool2d(x, { kernelSize: 2 })).rejects.toThrow(isChanging);
    await expect(threads.softPool2d(numbers(), { ...wide, into: x })).rejects.toThrow(isChanging);
  });
});

describe('a tensor whose buffer was transferred', () => {
  test('is refused as input and as result', async () => {
    using threads = await createThreadedSoftPool({ threads: 1 });
    const x = { data: transferred(16), shape };
    const into = { data: transferred(4), shape: [1, 2, 2] };
    const [wrongX, wrongInto] = [`x.${wasTransferred(16, '[1, 4, 4]')}`, `options.into.${wasTransferred(4, '[1, 2, 2]')}`];
    expect(() => softPool2d(x, { kernelSize: 2 })).toThrow(`softPool2d: ${wrongX}`);
    expect(() => softPool2d(numbers(), { kernelSize: 2, into })).toThrow(`softPool2d: ${wrongInto}`);
    await expect(threads.softPool2d(x, { kernelSize: 2 })).rejects.toThrow(wrongX);
    await expect(threads.softPool2d(numbers(), { kernelSize: 2, into })).rejects.toThrow(wrongInto);
  });

  test('before the turn of its call comes rejects that call, and no other', async () => {
    using threads = await createThreadedSoftPool({ threads: 1 });
    const [x, into] = [numbers(), { data: new Float32Array(4), shape: [1, 2, 2] }];
    const calls = [threads.softPool2d(x, { kernelSize: 2 }), threads.softPool2d(numbers(), { kernelSize: 2, into })];
    transfer(x.data);
    transfer(into.data);
    const last = threads.softPool2d(numbers(), { kernelSize: 2 });
    await expect(calls[0]).rejects.toThrow(wasTransferred(16, '[1, 4, 4]'));
    await expect(calls[1]).rejects.toThrow(wasTransferred(4, '[1, 2, 2]'));
    expect((await last).data).toEqual(softPool2d(numbers(), { kernelSize: 2 }).data);
  });
});
