/** How the layers of a saved functional model are connected. */
import { typeError } from 'softpool/internal';
import { type Config, isObject } from './config.ts';
import { layersOf, nameOf, snakeCase } from './layer-tree.ts';

const CALLS = snakeCase('inboundNodes');

/**
 * Throws a TypeError if a layer reads one that is not there, or itself. TensorFlow.js would try to
 * connect them for ever.
 */
export function checkConnections(call: string, model: Config): void {
  const models = new Set<readonly Config[]>();
  for (const { siblings, path, layer } of layersOf(model)) {
    models.add(siblings);
    const names = namesIn(siblings);
    const missing = inputsOf(layer)
      .flat()
      .find(({ name }) => !names.has(name));
    if (missing !== undefined) throw typeError(call, `${path}: ${CALLS}`, 'layers of the model', missing.name);
  }
  for (const layers of models) {
    const stuck = unconnected(layers);
    if (stuck !== undefined) throw typeError(call, `${stuck}: ${CALLS}`, 'layers that do not depend on this one', stuck);
  }
}

const known = new WeakMap<readonly Config[], ReadonlySet<string>>();

function namesIn(layers: readonly Config[]): ReadonlySet<string> {
  const names = known.get(layers) ?? new Set(layers.map(nameOf));
  known.set(layers, names);
  return names;
}

/**
 * Calls layers as TensorFlow.js does, where each call needs the results of earlier calls by their
 * number. Returns the name of a layer that cannot be called.
 */
function unconnected(layers: readonly Config[]): string | undefined {
  // Inputs and models have a result without being called.
  const results = new Map(layers.map((layer) => [nameOf(layer), inputsOf(layer).length === 0 || isModel(layer) ? 1 : 0]));
  let waiting = layers.flatMap((layer) => inputsOf(layer).map((inputs) => ({ name: nameOf(layer), inputs })));
  for (let before = Number.POSITIVE_INFINITY; waiting.length < before; ) {
    before = waiting.length;
    waiting = waiting.filter(({ name, inputs }) => {
      if (!inputs.every((input) => (results.get(input.name) ?? 0) > input.result)) return true;
      results.set(name, (results.get(name) ?? 0) + 1);
      return false;
    });
  }
  return waiting[0]?.name;
}

interface Input {
  readonly name: string;
  /** Which call of that layer. */
  readonly result: number;
}

/** The inputs of each call of a layer. */
function inputsOf(layer: Config): Input[][] {
  const calls: unknown[] = Array.isArray(layer[CALLS]) ? layer[CALLS] : [];
  return calls.map((inputs) =>
    (Array.isArray(inputs) ? inputs : []).flatMap((input) =>
      Array.isArray(input) && typeof input[0] === 'string' ? [{ name: input[0], result: Number(input[1] ?? 0) }] : [],
    ),
  );
}

function isModel({ config }: Config): boolean {
  return Array.isArray(config) || (isObject(config) && Array.isArray(config.layers));
}
