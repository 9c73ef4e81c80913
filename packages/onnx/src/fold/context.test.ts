/** What is found out about the values of deep graphs. */
import { create } from '@bufbuild/protobuf';
import { tensorType } from '@softpool/testing/onnx-models';
import { GraphProtoSchema, type NodeProto, ValueInfoProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { integerTensor } from '../graph/attributes.ts';
import { valuesOf } from '../graph/graph-values.ts';
import { constant, GATHERED, op, SHAPE, WEIGHTED } from '../testing/compositions.ts';
import { type Context, contextOf } from './context.ts';
import type { Budget } from './trial-value.ts';
import { weightedSumAt } from './weighted-sums.ts';

/** Operators from x, each on the result of the one before it, which is named by its number. */
function chain(prefix: string, length: number): NodeProto[] {
  return Array.from({ length }, (_, i) => op('Softplus', [i === 0 ? 'x' : `${prefix}${i}`], `${prefix}${i + 1}`));
}

function contextIn(node: NodeProto[], budget?: Budget): Context {
  const input = [create(ValueInfoProtoSchema, { name: 'x', type: tensorType('float32', SHAPE) })];
  return contextOf(valuesOf(create(GraphProtoSchema, { node, input })), 18, budget);
}

test.each([10, 600])('constants are found after values that take %i operators and cannot be computed', (length) => {
  const { numbersOf } = contextIn([...chain('a', length), ...chain('b', length), constant('k', integerTensor([5]))]);
  expect(['a', 'b', 'a'].map((name) => numbersOf(`${name}${length}`))).toEqual([undefined, undefined, undefined]);
  expect(Array.from(numbersOf('k')?.data ?? [])).toEqual([5]);
});

test('a number is found after a value too far from it to be computed', () => {
  const steps = Array.from({ length: 1500 }, (_, i) => op('Identity', [i === 0 ? 'k' : `i${i}`], `i${i + 1}`));
  const { numbersOf } = contextIn([constant('k', integerTensor([5])), ...steps]);
  expect(numbersOf('i1500')).toBeUndefined();
  expect(Array.from(numbersOf('i900')?.data ?? [])).toEqual([5]);
});

test('shapes are found behind thousands of operators', () => {
  const { shapeOf } = contextIn(chain('a', 20_000));
  expect([shapeOf('a20000'), shapeOf('a10000')]).toEqual([SHAPE, SHAPE]);
});

test('windows are followed until as many elements are as a model may have', () => {
  const nodes = [...GATHERED, op('Softmax', ['windows'], 'w', { axis: -1 }), ...WEIGHTED];
  const found = (budget: Budget) => weightedSumAt(contextIn(nodes, budget), nodes.at(-1) as NodeProto)?.found;
  // x, its windows in three steps, their weights and products; and the numbers that steer them.
  const elements = 6 * SHAPE.reduce((all, size) => all * size, 1) + 6 + 5 + 1;
  expect(found({ left: 2 * elements })).toMatchObject({ x: 'x' });
  expect(found({ left: elements / 2 })).toMatch(/^the windows of this model have more than \d+ elements to follow$/);
});
