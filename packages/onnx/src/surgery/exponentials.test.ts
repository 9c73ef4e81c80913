// Average pooling inside soft pooling that is written as operators: swap must leave it alone.
import { readdirSync, readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { floats, modelOf, tensorType } from '@softpool/testing/onnx-models';
import { ModelProtoSchema, type NodeProto, NodeProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { foldSoftPool, inspectPooling, swapPooling } from '../index.ts';

const FOLDER = new URL('../fold/fixtures/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.onnx'));
const REASON = 'it averages exponentials, as soft pooling written as operators does (see fold)';

test('every average pooling that fold removes is one that swap keeps', () => {
  let poolings = 0;
  for (const file of FILES) {
    const bytes = readFileSync(new URL(file, FOLDER));
    const removed = foldSoftPool(bytes).report.flatMap((each) => each.removed.map(({ name }) => name));
    for (const { name, type, obstacle } of inspectPooling(bytes).filter((each) => removed.includes(each.name))) {
      if (type !== 'AveragePool' && type !== 'GlobalAveragePool') continue;
      expect(obstacle, `${file}: ${name}`).toBe(REASON);
      poolings++;
    }
  }
  expect(poolings).toBeGreaterThan(50);
});

test('swap names the reason and changes nothing', () => {
  const bytes = readFileSync(new URL('window-16-open.onnx', FOLDER));
  const { report } = swapPooling(bytes, { from: ['average', 'max'] });
  expect(report.map(({ action, reason }) => [action, reason])).toEqual([
    ['refused', REASON],
    ['refused', REASON],
  ]);
});

const x = tensorType('float32', [1, 4, 8, 8]);
const node = (opType: string, input: string[], output: string): NodeProto => create(NodeProtoSchema, { opType, input, output: [output] });

test.each([
  ['generalized mean pooling, xᵖ', [node('Pow', ['x', 'x'], 'a'), node('GlobalAveragePool', ['a'], 'y')]],
  ['squeeze and excitation', [node('Sigmoid', ['x'], 'a'), node('Mul', ['x', 'a'], 'b'), node('GlobalAveragePool', ['b'], 'y')]],
  ['an exponential before a ReLU', [node('Exp', ['x'], 'a'), node('Relu', ['a'], 'b'), node('GlobalAveragePool', ['b'], 'y')]],
  [
    'x / (1 + e⁻ˣ)',
    [node('Neg', ['x'], 'a'), node('Exp', ['a'], 'b'), node('Div', ['x', 'b'], 'c'), node('GlobalAveragePool', ['c'], 'y')],
  ],
] as const)('average pooling of %s is still replaced', (_name, nodes) => {
  const model = modelOf([...nodes], x, tensorType('float32', [1, 4, 1, 1]));
  expect(inspectPooling(model).map(({ obstacle }) => obstacle)).toEqual([undefined]);
});

/** A model that averages what these nodes make as `a`, with a constant. */
function averaged(...nodes: NodeProto[]): Uint8Array {
  const model = fromBinary(
    ModelProtoSchema,
    modelOf([...nodes, node('GlobalAveragePool', ['a'], 'y')], x, tensorType('float32', [1, 4, 1, 1])),
  );
  model.graph!.initializer = [floats('scale', [], [0.5])];
  return toBinary(ModelProtoSchema, model);
}

test.each(['', 'com.microsoft'])('exponentials that are quantized are still weights, in the domain %j', (domain) => {
  const quantizers = [node('QuantizeLinear', ['e', 'scale'], 'q'), node('DequantizeLinear', ['q', 'scale'], 'a')];
  const model = averaged(node('Exp', ['x'], 'e'), ...quantizers.map((each) => Object.assign(each, { domain })));
  expect(inspectPooling(model).map(({ obstacle }) => obstacle)).toEqual([REASON]);
});

test('exponentials that a constant divides are weights, as fold finds, and quotients of exponentials are not', () => {
  const exponential = node('Exp', ['x'], 'e');
  const obstacles = (...nodes: NodeProto[]): unknown[] => inspectPooling(averaged(...nodes)).map(({ obstacle }) => obstacle);
  expect(obstacles(exponential, node('Div', ['e', 'scale'], 'a'))).toEqual([REASON]);
  expect(obstacles(exponential, node('Add', ['e', 'scale'], 'sum'), node('Div', ['e', 'sum'], 'a'))).toEqual([undefined]);
});
