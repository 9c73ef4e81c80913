/** How the layers of a saved functional model are connected. */
import { typeError } from 'softpool/internal';
import { type Config, isObject } from './config.ts';
import { layersOf, nameOf, snakeCase } from './layer-tree.ts';

const CALLS = snakeCase('inboundNodes');

/** The most passes over the layers. One is enough if layers come after those that they read. */
const MOST_PASSES = 100;

/**
 * Whether TensorFlow.js can connect the layers. Where it cannot, it tries for ever. Throws a
 * TypeError if a layer reads one that is not there.
 */
export function canConnect(call: string, model: Config): boolean {
  const models = new Set<readonly Config[]>();
  for (const { siblings, path, layer } of layersOf(model)) {
    models.add(siblings);
    const names = namesIn(siblings);
    const missing = inputsOf(layer)
      .flat()
      .find(({ name }) => !names.has(name));
    if (missing !== undefined) throw typeError(`${call}: ${path}`, CALLS, 'layers of the model', missing.name);
  }
  return [...models].every(canConnectAll);
}

const known = new WeakMap<readonly Config[], ReadonlySet<string>>();

function namesIn(layers: readonly Config[]): ReadonlySet<string> {
  const names = known.get(layers) ?? new Set(layers.map(nameOf));
  known.set(layers, names);
  return names;
}

/** Calls layers as TensorFlow.js does: each call needs the results of earlier calls, by number. */
function canConnectAll(layers: readonly Config[]): boolean {
  // Inputs and models have a result without being called.
  const results = new Map(layers.map((layer) => [nameOf(layer), inputsOf(layer).length === 0 || isModel(layer) ? 1 : 0]));
  let waiting = layers.flatMap((layer) => inputsOf(layer).map((inputs) => ({ name: nameOf(layer), inputs })));
  for (let pass = 0; pass < MOST_PASSES && waiting.length > 0; pass++) {
    waiting = waiting.filter(({ name, inputs }) => {
      if (!inputs.every((input) => (results.get(input.name) ?? 0) > input.result)) return true;
      results.set(name, (results.get(name) ?? 0) + 1);
      return false;
    });
  }
  return waiting.length === 0;
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
