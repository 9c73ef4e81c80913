/** What `check` runs on, apart from images, and what it reports for outputs of each type. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { floats, onnxModel, TYPES } from '@softpool/testing/onnx-models';
import { testFirst } from '@softpool/testing/test-first';
import { TensorProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

type Type = keyof typeof TYPES;

/** A model that gives its input in several types. */
function casts(input: Type, types: readonly Type[]): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: input, shape: ['N', 'K'] }],
    outputs: types.map((type) => ({ name: type, type, shape: ['N', 'K'] })),
    nodes: types.map((type) => ({ op: 'Cast', inputs: ['x'], outputs: [type], attributes: { to: TYPES[type] } })),
  });
}

/** A model that gives these numbers in several types, whatever its input is. */
function constants(input: Type, types: readonly Type[], shape: readonly number[], values: readonly number[]): Uint8Array {
  const constant = { op: 'Constant', outputs: ['value'], attributes: { value: floats('value', shape, values) } };
  return onnxModel({
    inputs: [{ name: 'x', type: input, shape: ['N', 'K'] }],
    outputs: types.map((type) => ({ name: type, type, shape: ['N', 'K'] })),
    nodes: [constant, ...types.map((type) => ({ op: 'Cast', inputs: ['value'], outputs: [type], attributes: { to: TYPES[type] } }))],
  });
}

async function check(files: Readonly<Record<string, Uint8Array>>, line: string): Promise<Result> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return await runCli(folder, ['check', 'a.onnx', 'b.onnx', ...line.split(' ')]);
}

test('check names the inputs of two models that do not have the same', async () => {
  const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 'K'] });
  const nodes = [{ op: 'Identity', inputs: ['images'], outputs: ['y'] }];
  const other = onnxModel({ inputs: [value('images')], outputs: [value('y')], nodes });
  const { status, stderr } = await check({ 'a.onnx': casts('float32', ['float32']), 'b.onnx': other }, '--input-size 2x3');
  expect([status, stderr]).toEqual([
    1,
    'softpool: the inputs differ: a.onnx has x, b.onnx has images; compare two versions of one model\n',
  ]);
});

test('check compares outputs of every type as numbers, and only the shape of strings', async () => {
  const types = ['float32', 'float16', 'float64', 'int64', 'int32', 'uint8', 'bool', 'string'] as const;
  const x = new Uint8Array(Float32Array.of(1, 0, 3, 10, 5, 4).buffer);
  const files = { 'a.onnx': casts('float32', types), 'b.onnx': constants('float32', types, [2, 3], [1, 0, 5, 10, 5, 20]), 'x.bin': x };
  const { status, stdout, problems } = await check(files, '--input-size 2x3 --inputs x.bin --json');
  expect([status, problems]).toEqual([0, []]);
  const { outputs } = JSON.parse(stdout.toString());
  const relative = Math.sqrt((2 ** 2 + 16 ** 2) / (1 + 9 + 100 + 25 + 16));
  for (const type of types) {
    const [largest, changed, same] = type === 'bool' ? [0, 0, 2] : [16, 2 / 6, 1];
    expect(outputs.find(({ output }: { output: string }) => output === type)).toEqual({
      output: type,
      type,
      shape: [2, 3],
      shapeAfter: [2, 3],
      largest: type === 'string' ? null : largest,
      relative: type === 'string' ? null : type === 'bool' ? 0 : expect.closeTo(relative, 12),
      changed: type === 'string' ? null : changed,
      sameTop1: type === 'string' ? null : { rows: 2, same },
    });
  }
});

test('NaN and infinities in both models are equal; a new NaN is a string in JSON', async () => {
  const types = ['float32', 'float16'] as const;
  const numbers = [Number.NaN, Infinity, -Infinity];
  const x = new Uint8Array(Float32Array.from(numbers).buffer);
  const same = { 'a.onnx': casts('float32', types), 'b.onnx': constants('float32', types, [1, 3], numbers), 'x.bin': x };
  const unchanged = JSON.parse((await check(same, '--input-size 1x3 --inputs x.bin --json')).stdout.toString());
  expect(unchanged.outputs).toMatchObject(types.map((type) => ({ type, largest: 0, changed: 0 })));
  const other = { ...same, 'b.onnx': constants('float32', types, [1, 3], [1, Infinity, -Infinity]) };
  const changed = JSON.parse((await check(other, '--input-size 1x3 --inputs x.bin --json')).stdout.toString());
  expect(changed.outputs).toMatchObject(types.map((type) => ({ type, largest: 'NaN', changed: 1 / 3 })));
});

testFirst<[Type, object]>(2, [
  ['float32', { floatData: [1, 2.5] }],
  ['float32', { rawData: new Uint8Array(Float32Array.of(1, 2.5).buffer) }],
  ['float64', { doubleData: [1, 2.5] }],
  ['float16', { int32Data: [0x3c00, 0x4100] }],
  ['float16', { rawData: Uint8Array.of(0, 0x3c, 0, 0x41) }],
  ['int64', { int64Data: [1n, 2n] }],
  ['int32', { int32Data: [1, 2] }],
  ['uint8', { int32Data: [1, 2] }],
  ['bool', { rawData: Uint8Array.of(1, 0) }],
])('check reads a TensorProto of %s with its own shape', async (type, data) => {
  const tensor = toBinary(TensorProtoSchema, create(TensorProtoSchema, { dataType: TYPES[type], dims: [1n, 2n], ...data }));
  const second = type === 'bool' ? 0 : type.startsWith('float') ? 2.5 : 2;
  const files = { 'a.onnx': casts(type, ['float32']), 'b.onnx': constants(type, ['float32'], [1, 2], [1, second]), 'x.pb': tensor };
  const { stdout } = await check(files, '--inputs x.pb --json');
  expect(JSON.parse(stdout.toString()).outputs).toMatchObject([{ shape: [1, 2], shapeAfter: [1, 2], largest: 0 }]);
});

testFirst<[string, Uint8Array, string]>(2, [
  ['a file without a tensor', Uint8Array.of(255, 255), 'x.pb is not a TensorProto, or is truncated: '],
  [
    'another type',
    proto({ dataType: TYPES.int64, dims: [1n], int64Data: [1n] }),
    'x.pb has a tensor of int64, but the input takes float32',
  ],
  ['strings', proto({ dataType: TYPES.string, dims: [0n] }), 'x.pb has a tensor of string, but the input takes float32'],
  ['too few numbers', proto({ dataType: 1, dims: [2n, 2n], floatData: [1] }), 'x.pb has 1 numbers, but its shape 2 × 2 takes 4'],
  [
    'negative sizes whose product fits',
    proto({ dataType: 1, dims: [-1n, -2n], floatData: [1, 2] }),
    'x.pb has the shape -1 × -2, with a negative size',
  ],
  ['external data', proto({ dataType: 1, dims: [1n], dataLocation: 1 }), 'x.pb has its numbers in another file'],
])('check reports in one line %s', async (_, tensor, problem) => {
  const model = casts('float32', ['float32']);
  const { status, problems } = await check({ 'a.onnx': model, 'b.onnx': model, 'x.pb': tensor }, '--inputs x.pb');
  expect([status, problems]).toEqual([1, [expect.stringContaining(`softpool: ${problem}`)]]);
});

const TWO = proto({ dataType: 1, dims: [1n, 2n], floatData: [1, 2] });

testFirst(2, [
  ['--inputs x.pb y.pb', '--inputs has several values for the input x; give one'],
  ['--inputs x.pb --input-size 1x3', '--input-size 1x3 does not fit x.pb, whose tensor is 1x2'],
  ['--inputs x=x.pb x=y.pb', '--inputs has several values for the input x; give one'],
  ['--input-size 1x2 1x3', '--input-size has several values for the input x; give one'],
  ['--images p.png --input-size 8x8 9x9', '--input-size has several sizes for the images; give one'],
])('check %s is a usage error', async (line, problem) => {
  const model = casts('float32', ['float32']);
  const { status, problems } = await check({ 'a.onnx': model, 'b.onnx': model, 'x.pb': TWO, 'y.pb': TWO }, line);
  expect([status, problems]).toEqual([2, [`softpool: ${problem}`]]);
});

test('check takes the size of a tensor that states the same', async () => {
  const model = casts('float32', ['float32']);
  const { status } = await check({ 'a.onnx': model, 'b.onnx': model, 'x.pb': TWO }, '--inputs x.pb --input-size 1x2');
  expect(status).toBe(0);
});

test('an input that is too large, and a model that cannot run on it, are one line each', async () => {
  const model = casts('float32', ['float32']);
  const large = await check({ 'a.onnx': model, 'b.onnx': model }, '--input-size 100000x30000');
  expect([large.status, large.problems]).toEqual([
    2,
    ['softpool: input x, 100000x30000, has more than 536870912 random numbers; use a smaller --input-size'],
  ]);
  const other = casts('int64', ['float32']);
  const unlike = await check({ 'a.onnx': model, 'b.onnx': other }, '--input-size 1x1');
  expect(unlike.status).toBe(1);
  expect(unlike.stderr.trim().split('\n')).toEqual([expect.stringMatching(/^softpool: b\.onnx: ONNX Runtime cannot run it: .*int64/)]);
});

function proto(tensor: object): Uint8Array {
  return toBinary(TensorProtoSchema, create(TensorProtoSchema, tensor));
}
