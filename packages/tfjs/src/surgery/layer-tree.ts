/**
 * The layers of a model's configuration. It has the same structure in both places where there is one: in memory, as `getConfig()` gives it, in
 * camelCase, and in a saved model.json, in snake_case, as Keras has it too.
 */

/** An object of a configuration. */
export type Config = Record<string, unknown>;

/** How names, and values that are words, are written. */
export type Spelling = (name: string) => string;

/** As in memory. */
export const camelCase: Spelling = (name) => name;

/** As in a saved model. */
export const snakeCase: Spelling = (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A layer of a configuration, and what stands around it. */
export interface Place {
  readonly path: string;
  /** `{ className, config }`, in a functional model with `inboundNodes`. */
  readonly layer: Config;
  /** All layers of its model; none, inside a wrapper. */
  readonly siblings: readonly Config[];
  /** The configuration of its model. */
  readonly container: Config;
}

/** Every layer of `{ className, config }`, of nested models and in wrappers such as `TimeDistributed` too. */
export function* layersOf(model: Config, prefix = ''): Generator<Place> {
  const container = isObject(model.config) ? model.config : {};
  const siblings = layerList(model.config);
  for (const layer of siblings) yield* withInside({ path: prefix + nameOf(layer), layer, siblings, container });
  if (isObject(container.layer)) {
    yield* withInside({ path: prefix + nameOf(container.layer), layer: container.layer, siblings: [], container });
  }
}

/** Whether a value is an object with names. */
export function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name of a layer; in sequential models it is in its configuration only. */
export function nameOf(layer: Config): string {
  return String(layer.name ?? (isObject(layer.config) ? layer.config.name : undefined) ?? '');
}

function* withInside(place: Place): Generator<Place> {
  yield place;
  yield* layersOf(place.layer, `${place.path}/`);
}

/** The layers of a model's configuration; of a sequential model it was once the list itself. Nothing, if it is that of a layer. */
function layerList(config: unknown): readonly Config[] {
  const layers = isObject(config) ? config.layers : config;
  return Array.isArray(layers) ? layers.filter(isObject) : [];
}
