// Files of torch.save: written by PyTorch (see fixtures/make.py), and broken or hostile ones.
import { readFileSync } from 'node:fs';
import {
  bytesOf,
  called,
  constant,
  dictionary,
  global,
  integer,
  legacyFile,
  list,
  type Pickled,
  pickle,
  storage,
  tensor,
  text,
  torchFile,
  tuple,
  zipFile,
} from '@softpool/testing/torch-file';
import { describe, expect, test } from 'vitest';
import { openWeights } from './open-weights.ts';
import { LEGACY_MAGIC } from './pth-legacy.ts';
import type { TensorFile } from './tensor-file.ts';

function fixture(name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

async function contentOf({ tensors }: TensorFile): Promise<Record<string, { dtype: string; shape: readonly number[]; values: number[] }>> {
  const read = Array.from(
    tensors,
    async ([name, { dtype, shape, read }]) => [name, { dtype, shape, values: Array.from(await read()) }] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** Multiples of 1/8, as in the fixtures. */
function eighths(...numerators: readonly number[]): number[] {
  return numerators.map((numerator) => numerator / 8);
}

const TENSORS = {
  base: { dtype: 'F32', shape: [24], values: Array.from({ length: 24 }, (_, index) => index / 8) },
  'reshaped and transposed': {
    dtype: 'F32',
    shape: [6, 4],
    values: eighths(0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23),
  },
  'every second': { dtype: 'F32', shape: [3], values: eighths(3, 5, 7) },
  half: { dtype: 'F16', shape: [4], values: eighths(0, 1, 2, 3) },
  bfloat16: { dtype: 'BF16', shape: [4], values: eighths(0, 1, 2, 3) },
  double: { dtype: 'F64', shape: [4], values: eighths(0, 1, 2, 3) },
  long: { dtype: 'I64', shape: [3], values: [-1, 0, 1] },
  int: { dtype: 'I32', shape: [3], values: [-1, 0, 1] },
  short: { dtype: 'I16', shape: [3], values: [-1, 0, 1] },
  char: { dtype: 'I8', shape: [3], values: [-1, 0, 1] },
  byte: { dtype: 'U8', shape: [3], values: [0, 1, 2] },
  bool: { dtype: 'BOOL', shape: [2], values: [1, 0] },
  parameter: { dtype: 'F32', shape: [2], values: eighths(0, 1) },
  scalar: { dtype: 'F32', shape: [], values: [3.5] },
  empty: { dtype: 'F32', shape: [0, 3], values: [] },
  'channels last': { dtype: 'F32', shape: [1, 3, 2, 2], values: eighths(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) },
};

describe('files written by PyTorch and the safetensors reference', () => {
  test.each(['tensors.pth', 'tensors-1.5.pth', 'reference.safetensors'])('%s: types, views and shared storages', async (name) => {
    expect(await contentOf(await openWeights(new Blob([fixture(name)])))).toEqual(TENSORS);
  });

  // The first name in the last archive has 30 letters, which zip.js misreads: see zip-end.ts.
  test.each(['checkpoint.pth', 'checkpoint-1.5.pth', 'checkpoint-protocol-4.pth'])('%s: state_dict among other values', async (name) => {
    const file = await openWeights(new Blob([fixture(name)]));
    expect(file.metadata).toEqual({ epoch: '3', arch: 'resnet18' });
    expect(await contentOf(file)).toEqual({
      'module.conv1.weight': { dtype: 'F32', shape: [3, 2, 1, 2], values: eighths(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) },
      'module.conv1.bias': { dtype: 'F32', shape: [3], values: eighths(1, 2, 3) },
      'module.bn1.weight': { dtype: 'F32', shape: [3], values: eighths(2, 3, 4) },
      'module.bn1.bias': { dtype: 'F32', shape: [3], values: eighths(3, 4, 5) },
      'module.bn1.running_mean': { dtype: 'F32', shape: [3], values: eighths(4, 5, 6) },
      'module.bn1.running_var': { dtype: 'F32', shape: [3], values: eighths(5, 6, 7) },
      'module.bn1.num_batches_tracked': { dtype: 'I64', shape: [], values: [0] },
    });
  });

  test.each([
    ['model.pth', "the pickle refers to 'torch.nn.modules.container.Sequential'"],
    ['torchscript.pth', 'the archive is a TorchScript program'],
  ])('%s is rejected with advice', async (name, message) => {
    const refusal = openWeights(new Blob([fixture(name)]));
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow('torch.save(');
  });

  test.each(['tensors.pth', 'tensors-1.5.pth', 'checkpoint.pth', 'checkpoint-1.5.pth'])('%s cut off anywhere is rejected', async (name) => {
    const whole = fixture(name);
    for (let length = 0; length < whole.length; length += 97) {
      const refusal = openWeights(new Blob([whole.subarray(0, length)]));
      await expect(refusal, `${length} bytes`).rejects.toMatchObject({
        name: 'WeightsError',
        message: expect.stringMatching(/truncated|early|empty/),
      });
    }
  });

  test('a changed bit in a storage is detected', async () => {
    const file = fixture('tensors.pth');
    const at = file.findIndex((_, start) => bytesOf(Float32Array.of(0, 1 / 8, 2 / 8)).every((byte, index) => file[start + index] === byte));
    file[at + 5] = (file[at + 5] as number) ^ 1;
    const { tensors } = await openWeights(new Blob([file]));
    await expect(tensors.get('base')?.read()).rejects.toThrow(/cannot read the archive's '.*data\/0', which may be damaged/);
    expect(await tensors.get('half')?.read()).toEqual(Float32Array.of(...eighths(0, 1, 2, 3)));
  });
});

const VALUES = Float32Array.of(1, 2, 3, 4, 5, 6);
const STORED = storage({ key: '0', length: 6 });

/** A zip archive with a pickle and a storage of six values. */
async function archive(root: Pickled, files: Readonly<Record<string, Uint8Array | readonly number[]>> = {}): Promise<Blob> {
  return new Blob([await zipFile({ 'data.pkl': pickle(root), 'data/0': bytesOf(VALUES), ...files })]);
}

describe('tensors are found', () => {
  const tensors = dictionary([text('a'), tensor(STORED, [2, 3])]);

  test.each(['state_dict', 'model_state_dict', 'model'])('under %s', async (key) => {
    const file = await openWeights(
      await archive(dictionary([text('lr'), integer(2 ** 40)], [text(key), tensors], [text('done'), constant(true)])),
    );
    expect(file.metadata).toEqual({ lr: '1099511627776', done: 'true' });
    expect(await contentOf(file)).toEqual({ a: { dtype: 'F32', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } });
  });

  test('on the storage of a GPU, as older versions wrote it', async () => {
    const stored = [...tuple(text('storage'), global('torch.cuda', 'FloatStorage'), text('0'), text('cuda:0'), integer(6)), 0x51];
    const file = await openWeights(await archive(dictionary([text('a'), tensor(stored, [6])])));
    expect(await contentOf(file)).toEqual({ a: { dtype: 'F32', shape: [6], values: [1, 2, 3, 4, 5, 6] } });
  });

  test('in a dictionary of pairs, as Python 2 wrote it', async () => {
    const pairs = list(list(text('a'), tensor(STORED, [6])));
    const file = await openWeights(await archive(called(global('collections', 'OrderedDict'), pairs)));
    expect([...file.tensors.keys()]).toEqual(['a']);
  });

  test.each<[what: string, root: Pickled, message: string]>([
    ['a list', list(integer(1)), 'the file holds something instead of a dictionary; torch.save(model.state_dict(), path) writes one'],
    ['a single tensor', tensor(STORED, [6]), 'the file holds a single tensor instead of a dictionary;'],
    [
      'a dictionary without tensors',
      dictionary([text('net'), tensors], [text('epoch'), integer(3)], [integer(1), text('x')]),
      "the file has neither tensors nor a dictionary under state_dict, model_state_dict, model, state_dict_ema, model_ema; its keys are ['net', 'epoch', 1]",
    ],
    [
      'an entry with a number',
      dictionary([text('state_dict'), dictionary([text('a'), integer(3)])]),
      `the file's state_dict has an entry 'a' that is not a tensor`,
    ],
    [
      'a tensor without a name',
      dictionary([text('a'), tensor(STORED, [6])], [integer(3), tensor(STORED, [6])]),
      'the file has an entry whose name is not a string',
    ],
  ])('%s is rejected', async (_what, root, message) => {
    await expect(openWeights(await archive(root))).rejects.toThrow(message);
  });
});

test('big-endian files are read', async () => {
  const swapped = Float32Array.from(VALUES);
  for (const [index, value] of VALUES.entries()) new DataView(swapped.buffer).setFloat32(4 * index, value);
  const root = dictionary([text('a'), tensor(STORED, [3], [1], 2)]);
  const file = await openWeights(await archive(root, { 'data/0': bytesOf(swapped), byteorder: new TextEncoder().encode('big') }));
  expect(await contentOf(file)).toEqual({ a: { dtype: 'F32', shape: [3], values: [3, 4, 5] } });
});

describe('a pickle executes nothing and is rejected by the names it uses', () => {
  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['__builtin__', 'getattr'],
    ['torch', 'load'],
    ['torch.storage', '_load_from_bytes'],
    ['torch', 'FloatStorage.__init__'],
    ['torch', 'ComplexFloatStorage'],
    ['numpy.core.multiarray', 'scalar.__reduce__'],
    ['', 'constructor'],
    ['collections', '__proto__'],
  ])('%s.%s', async (module, name) => {
    const root = dictionary([text('a'), tensor(STORED, [6])], [text('x'), called(global(module, name), text('touch /tmp/x'))]);
    await expect(openWeights(await archive(root))).rejects.toThrow(
      `the pickle refers to '${module}.${name}', which files of weights must not use`,
    );
    await expect(openWeights(new Blob([legacyFile(root, [{ key: '0', data: VALUES }])]))).rejects.toThrow(
      `the pickle refers to '${module}.${name}'`,
    );
  });

  test.each<[what: string, root: Pickled, message: string]>([
    ['a call of a string', called(text('x')), 'the pickle calls something that is not a function'],
    ['arguments that are a string', [...global('torch', 'Size'), ...text('x'), 0x52], 'arguments that are not a tuple'],
    ['an id that is a string', [...text('x'), 0x51], 'refers to something that is not a storage'],
    [
      'a storage without a type',
      [...tuple(text('storage'), text('F'), text('0'), text('cpu'), integer(1)), 0x51],
      'a storage of an unknown type',
    ],
    ['a storage of −1 values', storage({ key: '0', length: -1 }), 'a storage without a key or a length'],
    [
      'a storage with two lengths',
      tuple(STORED, storage({ key: '0', length: 5 })),
      "the storage '0' is declared with 6 values of type F32 and with 5",
    ],
    [
      'a dictionary of a number',
      called(global('collections', 'OrderedDict'), integer(1)),
      'creates a dictionary from something without entries',
    ],
    ['an instruction of protocol 0', [0x49, 0x31, 0x0a], 'unknown instruction 0x49 at byte 2'],
    ['more values than there are', [0x87], 'needs more values than the stack has'],
    ['values from below a mark', [0x4e, 0x28, 0x85], 'needs more values than the stack has'],
    ['a missing mark', [0x74], 'needs a mark, but there is none'],
    ['a missing value', [0x71, 0], 'needs a value, but the stack is empty'],
    ['an unknown memo', [0x6a, 1, 2, 3, 4], 'recalls value 67305985, which was not memoized'],
    ['an item without a list', [0x4e, 0x4e, 0x61], 'appends values to something that is not a list'],
    ['an entry without a dictionary', [0x4e, 0x4e, 0x4e, 0x73], 'adds entries to something that is not a dictionary'],
    ['a name without a value', [0x7d, 0x28, 0x4e, 0x75], 'adds entries to something that is not a dictionary'],
    ['an item without a set', [0x7d, 0x28, 0x4e, 0x90], 'adds values to something that is not a set'],
    ['a string longer than the file', [0x58, 255, 255, 255, 255], 'it ends early: 4294967295 more bytes are needed at byte 7 of 8'],
    ['a string longer than 2^53', [0x8d, 255, 255, 255, 255, 255, 255, 255, 255], 'it ends early'],
    ['a name without an end', [0x63, 0x61], 'the name at byte 3 is not terminated'],
    ['a name that is a number', [0x4e, 0x4e, 0x93], 'refers to something by an invalid name'],
  ])('%s', async (_what, root, message) => {
    const refusal = openWeights(await archive(root));
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toMatchObject({ name: 'WeightsError' });
  });
});

describe('a tensor outside its storage is rejected', () => {
  const half = storage({ key: '0', length: 6, type: 'HalfStorage' });
  test.each<[what: string, of: Pickled, shape: number[], stride: number[], offset: number, message: string]>([
    ['beyond its end', STORED, [2, 3], [3, 1], 1, 'is [2, 3] with stride [3, 1] and offset 1, which exceeds its storage of 6 values'],
    ['by its stride', STORED, [2, 3], [4, 1], 0, 'is [2, 3] with stride [4, 1] and offset 0, which exceeds its storage of 6 values'],
    [
      'by far',
      STORED,
      [2 ** 40, 4, 2],
      [1, 1, 1],
      0,
      'is [1099511627776, 4, 2] with stride [1, 1, 1] and offset 0, which exceeds its storage of 6 values',
    ],
    [
      'that repeats its values',
      STORED,
      [2 ** 40, 2],
      [0, 1],
      0,
      'is [1099511627776, 2] with stride [0, 1] and offset 0, which repeats the 6 values of its storage; save it with .contiguous()',
    ],
    ['with a size below 0', STORED, [-1], [1], 0, 'has an invalid shape, stride or offset'],
    ['with a stride below 0', STORED, [2], [-1], 5, 'has an invalid shape, stride or offset'],
    ['with an offset below 0', STORED, [2], [1], -1, 'has an invalid shape, stride or offset'],
    ['with strides for fewer axes', STORED, [2, 3], [1], 0, 'has an invalid shape, stride or offset'],
    ['with more axes than PyTorch has', STORED, Array(65).fill(1), Array(65).fill(1), 0, 'has an invalid shape, stride or offset'],
    ['without a storage', constant(null), [1], [1], 0, 'has no storage'],
    [
      'on a missing storage',
      storage({ key: '7', length: 6 }),
      [6],
      [1],
      0,
      "is on the storage '7', which is missing: the file is truncated or damaged",
    ],
    ['on a storage of another size', half, [6], [1], 0, 'is on a storage of 6 values of type F16, which has 24 bytes instead'],
  ])('%s', async (_what, of, shape, stride, offset, message) => {
    const root = dictionary([text('conv1.weight'), tensor(of, shape, stride, offset)]);
    await expect(openWeights(await archive(root))).rejects.toThrow(`the tensor 'conv1.weight' ${message}`);
  });

  test('a tensor without values needs no storage', async () => {
    const root = dictionary([text('a'), tensor(STORED, [0, 2 ** 40, 2 ** 40], [2 ** 40, 1, 1], 6)]);
    expect(await contentOf(await openWeights(await archive(root)))).toEqual({
      a: { dtype: 'F32', shape: [0, 2 ** 40, 2 ** 40], values: [] },
    });
  });
});

describe('an archive that is not from torch.save is rejected', () => {
  const root = pickle(dictionary([text('a'), tensor(STORED, [6])]));
  test.each<[what: string, file: () => Promise<Uint8Array<ArrayBuffer>>, message: string]>([
    [
      'without a pickle',
      () => zipFile({ 'readme.txt': [1] }),
      "it has 0 files data.pkl in a folder; its files are ['archive/readme.txt', 'archive/version']",
    ],
    [
      'with compressed files',
      () => zipFile({ 'data.pkl': [...root, ...Array(500).fill(0)] }, 9),
      `'archive/data.pkl' is compressed or encrypted`,
    ],
    ['with an unknown byteorder', () => zipFile({ 'data.pkl': root, byteorder: [0x6d] }), "byteorder must be little or big, received 'm'"],
  ])('%s', async (_what, file, message) => {
    await expect(openWeights(new Blob([await file()]))).rejects.toThrow(message);
  });

  test('with a repeated name', async () => {
    const file = await zipFile({ 'data.pkl': root, 'data/0': bytesOf(VALUES), 'data/1': bytesOf(VALUES) });
    const names = new TextDecoder('latin1').decode(file);
    for (let at = names.indexOf('data/1'); at >= 0; at = names.indexOf('data/1', at + 1)) file[at + 5] = 0x30;
    await expect(openWeights(new Blob([file]))).rejects.toThrow("the zip archive has 'archive/data/0' twice");
  });

  test('with an entry larger than the archive', async () => {
    const file = await torchFile({ a: { shape: [6], data: VALUES } });
    const view = new DataView(file.buffer);
    let changed = 0;
    for (let at = 0; at < file.length - 8; at++) {
      if (view.getBigUint64(at, true) !== 24n) continue; // the storage's sizes in zip64's 8 bytes
      view.setBigUint64(at, 2n ** 40n, true);
      changed++;
    }
    expect(changed).toBeGreaterThan(0);
    await expect(openWeights(new Blob([file]))).rejects.toThrow("the zip archive is truncated: bytes of 'archive/data/0' are missing");
  });
});

describe('the format before PyTorch 1.6', () => {
  const root = dictionary([text('a'), tensor(storage({ key: '5', length: 6 }), [2, 2], [3, 1], 1)]);

  test('is read', async () => {
    const file = await openWeights(new Blob([legacyFile(root, [{ key: '5', data: VALUES }])]));
    expect(await contentOf(file)).toEqual({ a: { dtype: 'F32', shape: [2, 2], values: [2, 3, 5, 6] } });
  });

  test.each<[what: string, file: Uint8Array<ArrayBuffer>, message: string]>([
    [
      'with extra bytes',
      Uint8Array.of(...legacyFile(root, [{ key: '5', data: VALUES }]), 0),
      'the file is too long: its storages end at byte',
    ],
    [
      'with an unknown storage',
      legacyFile(root, [{ key: '6', data: VALUES }]),
      "it lists '6', which is not a storage or was listed before",
    ],
    [
      'with a storage twice',
      legacyFile(root, [
        { key: '5', data: VALUES },
        { key: '5', data: VALUES },
      ]),
      "it lists '5', which is not a storage or was listed before",
    ],
    ['without the storage of a tensor', legacyFile(root, []), "the tensor 'a' is on the storage '5', which is missing"],
  ])('%s is rejected', async (_what, file, message) => {
    await expect(openWeights(new Blob([file]))).rejects.toThrow(message);
  });

  test('with a length that contradicts the pickle is rejected', async () => {
    const file = legacyFile(root, [{ key: '5', data: VALUES }]);
    file[file.length - 24 - 8] = 7;
    const { tensors } = await openWeights(new Blob([file]));
    await expect(tensors.get('a')?.read()).rejects.toThrow("its storage '5' has 7 values, expected 6");
  });
});

test.each([
  ['nothing', [], 'the file is empty'],
  ['a picture', [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13], 'the file is neither safetensors nor from torch.save'],
  ['a pickle of something else', pickle(integer(1)), 'the file is neither safetensors nor from torch.save'],
])('%s is not a file of weights', async (_what, bytes, message) => {
  await expect(openWeights(new Blob([Uint8Array.from(bytes)]))).rejects.toThrow(message);
});

test('a pickle of ten million dictionaries is refused before it fills memory', async () => {
  const dictionaries = new Uint8Array(10_000_000).fill(0x7d); // EMPTY_DICT
  const file = new Blob([LEGACY_MAGIC, Uint8Array.of(0x80, 2, 0x4d, 0xe9, 3, 0x2e), Uint8Array.of(0x80, 2, 0x7d, 0x2e), dictionaries]);
  await expect(openWeights(file)).rejects.toThrow('the pickle has more than 2000000 lists, tuples and dictionaries; save only the tensors');
});
