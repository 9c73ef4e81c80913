// safetensors files, built by hand from the format's specification, read and written.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openWeights } from './open-weights.ts';
import { encodeSafetensors, readSafetensors } from './safetensors.ts';
import type { TensorFile } from './tensor-file.ts';

/** A file with this header and these bytes after it. */
function fileOf(header: string | object, data: readonly number[] = []): Blob {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return new Blob([length, json, Uint8Array.from(data)]);
}

function tensor(dtype: string, shape: readonly number[], start: number, end: number) {
  return { dtype, shape, data_offsets: [start, end] };
}

async function valuesOf({ tensors }: TensorFile): Promise<Record<string, number[]>> {
  const read = Array.from(tensors, async ([name, stored]) => [name, Array.from(await stored.read())] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe('each number type becomes float32', () => {
  const cases: [dtype: string, bytes: number[], values: number[]][] = [
    ['F32', [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0xff], [1, -2, Number.NaN, -Infinity]],
    ['F64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f], [1, Math.fround(0.1)]],
    // IEEE 754: 1, −2, largest, smallest normal, smallest, −0, ∞, NaN
    [
      'F16',
      [0, 0x3c, 0, 0xc0, 0xff, 0x7b, 0, 0x04, 1, 0, 0, 0x80, 0, 0x7c, 1, 0x7e],
      [1, -2, 65504, 2 ** -14, 2 ** -24, -0, Infinity, Number.NaN],
    ],
    ['BF16', [0x80, 0x3f, 0x49, 0x40, 0x80, 0xff, 0, 0x80], [1, 3.140625, -Infinity, -0]],
    ['I64', [3, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [3, -2]],
    ['I32', [0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], [65536, -1]],
    ['I16', [0, 1, 0xff, 0xff], [256, -1]],
    ['I8', [5, 0x80], [5, -128]],
    ['U8', [5, 0x80], [5, 128]],
    ['BOOL', [0, 1, 2], [0, 1, 1]],
  ];
  test.each(cases)('%s', async (dtype, bytes, values) => {
    const file = await readSafetensors(fileOf({ x: tensor(dtype, [values.length], 0, bytes.length) }, bytes));
    expect(file.tensors.get('x')).toMatchObject({ dtype, shape: [values.length] });
    expect(await valuesOf(file)).toEqual({ x: values });
  });
});

test('tensors may be in any order, empty or scalars', async () => {
  const header = { a: tensor('U8', [2], 3, 5), b: tensor('U8', [], 0, 1), c: tensor('U8', [3, 0], 1, 1), d: tensor('U8', [2, 1], 1, 3) };
  const file = await readSafetensors(fileOf(header, [1, 2, 3, 4, 5]));
  expect([...file.tensors.keys()]).toEqual(['a', 'b', 'c', 'd']);
  expect(await valuesOf(file)).toEqual({ a: [4, 5], b: [1], c: [], d: [2, 3] });
});

test('unaligned tensors are read', async () => {
  const file = await readSafetensors(
    fileOf(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}',
      [9, 0, 0, 0x80, 0x3f],
    ),
  );
  expect(await valuesOf(file)).toEqual({ a: [9], b: [1] });
});

test('names and metadata may be any strings', async () => {
  const header =
    '{"__metadata__":{"format":"pt","__proto__":"x"},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a\\"b:{}":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
  const file = await readSafetensors(fileOf(header, [1, 2]));
  expect(Array.from(file.tensors.keys())).toEqual(['__proto__', 'a"b:{}']);
  expect(Object.entries(file.metadata)).toEqual([
    ['format', 'pt'],
    ['__proto__', 'x'],
  ]);
});

test('only the header is read at once, and tensors on demand', async () => {
  const read: [number, number][] = [];
  const blob = fileOf({ a: tensor('U8', [2], 0, 2), b: tensor('U8', [1], 2, 3) }, [1, 2, 3]);
  const source = {
    size: blob.size,
    slice(start: number, end: number): Blob {
      read.push([start, end]);
      return blob.slice(start, end);
    },
  };
  const { tensors } = await readSafetensors(source);
  const origin = blob.size - 3;
  expect(read).toEqual([
    [0, 8],
    [8, origin],
  ]);
  await tensors.get('b')?.read();
  expect(read.slice(2)).toEqual([[origin + 2, origin + 3]]);
});

test('a file is written according to the format', async () => {
  const file = encodeSafetensors({ 'fc.weight': { shape: [1, 2], data: Float32Array.of(1, -2) } }, { epoch: '3' });
  const json = '{"__metadata__":{"epoch":"3"},"fc.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  const byHand = fileOf(json.padEnd(96), [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  expect(json.length).toBe(93); // padded to a multiple of 8
  expect(file).toEqual(new Uint8Array(await byHand.arrayBuffer()));
});

test('written files are read back for any names, shapes and bits', async () => {
  const shape = fc.array(fc.nat(4), { maxLength: 4 });
  const tensors = fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__'),
    shape.chain((axes) => {
      const length = axes.reduce((size, axis) => size * axis, 1);
      return fc.record({ shape: fc.constant(axes), data: fc.float32Array({ minLength: length, maxLength: length }) });
    }),
  );
  const metadata = fc.dictionary(fc.string(), fc.string());
  await fc.assert(
    fc.asyncProperty(tensors, metadata, async (written, said) => {
      const file = await readSafetensors(new Blob([encodeSafetensors(written, said)]));
      expect(file.metadata).toEqual({ ...said });
      expect([...file.tensors.keys()]).toEqual(Object.keys(written));
      for (const [name, stored] of file.tensors) {
        expect(stored).toMatchObject({ dtype: 'F32', shape: written[name]?.shape });
        expect(await stored.read()).toEqual(written[name]?.data);
      }
    }),
  );
});

describe('invalid safetensors files are rejected', () => {
  const whole = tensor('U8', [4], 0, 4);
  const cases: [what: string, file: Blob, message: string][] = [
    ['nothing', new Blob(), 'not a safetensors file: it has 0 bytes, fewer than the 8 of the header’s length'],
    [
      'a header longer than the file',
      new Blob([Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 1)]),
      'truncated: its header has 200 bytes, but the file has 9',
    ],
    [
      'a header too long for memory',
      new Blob([new Uint8Array(16).fill(255)]),
      'its header would have 18446744073709551615 bytes, more than 100000000',
    ],
    [
      'a header a byte longer than the limit of 100 MB',
      new Blob([Uint8Array.of(0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0)]),
      'its header would have 100000001 bytes, more than 100000000',
    ],
    ['a header with invalid JSON', fileOf('{"a":'), 'header is not valid JSON'],
    ['a header with invalid UTF-8', new Blob([Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff)]), 'header is not valid JSON'],
    ['a header that is an array', fileOf('[1]'), "the safetensors file's header must be an object, received [1]"],
    [
      'a name twice',
      fileOf('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      "'a' is repeated",
    ],
    ['a field twice', fileOf('{"a":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}}'), "'shape' is repeated"],
    ['a name with control characters', fileOf({ '\u001b[2J': 3 }), "tensor '\\x1b[2J' must be described by an object"],
    ['a tensor that is a number', fileOf({ a: 3 }), "tensor 'a' must be described by an object, received 3"],
    [
      'an unknown type',
      fileOf({ a: tensor('F8_E4M3', [4], 0, 4) }),
      "tensor 'a' has the unknown type 'F8_E4M3'; supported are F64, F32, F16,",
    ],
    ['a type with the name of a method', fileOf({ a: tensor('toString', [4], 0, 4) }), "tensor 'a' has the unknown type 'toString'"],
    ['no shape', fileOf({ a: { dtype: 'U8', data_offsets: [0, 4] } }), "tensor 'a' has the invalid shape undefined"],
    ['a negative size', fileOf({ a: tensor('U8', [-2, -2], 0, 4) }, [1, 2, 3, 4]), "tensor 'a' has the invalid shape [-2, -2]"],
    ['a fractional size', fileOf({ a: tensor('U8', [0.5], 0, 1) }, [1]), "tensor 'a' has the invalid shape [0.5]"],
    [
      'a shape beyond 2^53 values',
      fileOf({ a: tensor('U8', [2 ** 52, 2 ** 52], 0, 4) }, [1, 2, 3, 4]),
      "tensor 'a' has 4 bytes, but U8 [4503599627370496, 4503599627370496] needs",
    ],
    [
      'three offsets',
      fileOf({ a: { ...whole, data_offsets: [0, 4, 8] } }, [1, 2, 3, 4]),
      "tensor 'a' has the invalid data_offsets [0, 4, 8]",
    ],
    ['reversed offsets', fileOf({ a: tensor('U8', [4], 4, 0) }, [1, 2, 3, 4]), "tensor 'a' has -4 bytes, but U8 [4] needs 4"],
    [
      'fewer bytes than the shape needs',
      fileOf({ a: tensor('F32', [2], 0, 4) }, [1, 2, 3, 4]),
      "tensor 'a' has 4 bytes, but F32 [2] needs 8",
    ],
    ['bytes outside the file', fileOf({ a: whole }, [1, 2, 3]), "truncated: its tensor 'a' ends at 4 of 3 bytes"],
    [
      'overlapping tensors',
      fileOf({ a: whole, b: tensor('U8', [2], 2, 4) }, [1, 2, 3, 4]),
      "tensor 'b' overlaps the previous one: it starts at 2, not 4",
    ],
    [
      'a gap',
      fileOf({ a: tensor('U8', [2], 0, 2), b: tensor('U8', [1], 3, 4) }, [1, 2, 3, 4]),
      "tensor 'b' leaves a gap before it: it starts at 3, not 2",
    ],
    ['extra bytes', fileOf({ a: whole }, [1, 2, 3, 4, 5]), 'has 1 extra bytes after its last tensor'],
    ['a number in the metadata', fileOf({ __metadata__: { epoch: 3 } }), '__metadata__ must be an object of strings'],
  ];
  test.each(cases)('%s', async (_what, file, message) => {
    const refusal = readSafetensors(file);
    await expect(refusal).rejects.toThrow(message.replaceAll('’', "'"));
    await expect(refusal).rejects.toMatchObject({ name: 'WeightsError' });
  });

  test('a file cut off anywhere', async () => {
    const tensors = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`layer${index}.weight`, { shape: [index, 3], data: new Float32Array(index * 3) }]),
    );
    const file = encodeSafetensors(tensors);
    expect(file.length).toBeGreaterThan(30 * 97);
    for (let length = 0; length < file.length; length += 97) {
      await expect(readSafetensors(new Blob([file.subarray(0, length)]))).rejects.toThrow(/truncated|fewer than the 8/);
    }
  });

  test('a file that shrank since it was opened', async () => {
    const blob = fileOf({ a: whole }, [1, 2, 3, 4]);
    let length = blob.size;
    const source = { size: blob.size, slice: (start: number, end: number) => blob.slice(start, Math.min(end, length)) };
    const { tensors } = await readSafetensors(source);
    length -= 1;
    await expect(tensors.get('a')?.read()).rejects.toThrow('the file ends early: 3 of 4 bytes');
  });
});

describe('invalid tensors are errors', () => {
  test.each([
    [
      'values that do not fit the shape',
      { 'a.b': { shape: [2, 2], data: new Float32Array(3) } },
      {},
      "tensors['a.b'].shape must be a shape of 3 values, received [2, 2]",
    ],
    [
      'a fractional size',
      { a: { shape: [1.5, 2], data: new Float32Array(3) } },
      {},
      "tensors['a'].shape must be a shape of 3 values, received [1.5, 2]",
    ],
    ['numbers of another type', { a: { shape: [1], data: new Float64Array(1) as never } }, {}, "tensors['a'].data must be a Float32Array"],
    [
      'a reserved name',
      { __metadata__: { shape: [1], data: new Float32Array(1) } },
      {},
      '__metadata__ is reserved and cannot name a tensor',
    ],
    [
      'tensors in a Map',
      new Map([['a', { shape: [1], data: new Float32Array(1) }]]) as never,
      {},
      'tensors must be a plain object, received Map; give Object.fromEntries(tensors)',
    ],
    ['a list of tensors', [{ shape: [1], data: new Float32Array(1) }] as never, {}, 'tensors must be a plain object, received [Object]'],
    ['no tensors at all', undefined as never, {}, 'tensors must be a plain object, received undefined'],
    ['metadata in a Map', {}, new Map([['epoch', '3']]) as never, 'metadata must be a plain object, received Map; give Object.fromEntries'],
    ['a number in the metadata', {}, { epoch: 3 as never }, "metadata['epoch'] must be a string, received 3"],
  ])('%s', (_what, tensors, metadata, message) => {
    expect(() => encodeSafetensors(tensors, metadata)).toThrow(`encodeSafetensors: ${message}`);
  });
});

test('metadata of five million escaped characters is read, and a header nested without end is refused', async () => {
  const file = (json: string): Blob => {
    const header = new TextEncoder().encode(json);
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(header.length), true);
    return new Blob([length.buffer, header]);
  };
  const { metadata } = await openWeights(file(`{"__metadata__":{"log":"${'\\n'.repeat(5_000_000)}"}}`));
  expect(metadata.log).toBe('\n'.repeat(5_000_000));
  const nested = openWeights(file(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`));
  await expect(nested).rejects.toThrow(/^the safetensors file's header is not valid JSON: it is nested more than 100 levels deep$/);
  await expect(nested).rejects.toMatchObject({ name: 'WeightsError' });
});

test('what is not a file is an error that says what to give', async () => {
  const hint = 'wrap bytes in new Blob([bytes]); readWeights of @softpool/models/node takes a path';
  for (const [source, shown] of [
    [null, 'null'],
    [undefined, 'undefined'],
    [new Uint8Array(9), 'Uint8Array'],
    ['resnet18.pth', "'resnet18.pth'"],
  ]) {
    await expect(openWeights(source as never)).rejects.toThrow(
      `openWeights: source must be a Blob or a ByteSource, received ${shown}: ${hint}`,
    );
  }
});
