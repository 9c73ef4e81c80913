/**
 * The layers of a model's configuration. The configuration has the same structure in memory and
 * in a file: `getConfig()` returns it in camelCase, and a saved model.json has it in snake_case, as
 * in Keras.
 */
import { type Config, isObject } from './config.ts';

/** The spelling of names, and of values that are words. */
export type Spelling = (name: string) => string;

/** The spelling in memory. */
export const camelCase: Spelling = (name) => name;

/** The spelling in a saved model. */
export const snakeCase: Spelling = (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A layer of a configuration and its surroundings. */
export interface Place {
  /** Its name after those of the models and wrappers around it. */
  readonly path: string;
  /** `{ className, config }`; in a functional model also `inboundNodes`. */
  readonly layer: Config;
  /** All layers of its model; none inside a wrapper. */
  readonly siblings: readonly Config[];
  /** The configuration of its model. */
  readonly container: Config;
}

/**
 * Every layer of `{ className, config }`, also in nested models and in wrappers such as
 * `TimeDistributed`.
 */
export function* layersOf(model: Config, prefix = ''): Generator<Place> {
  const container = isObject(model.config) ? model.config : {};
  const siblings = layerList(model.config);
  for (const layer of siblings) yield* withInside({ path: prefix + nameOf(layer), layer, siblings, container });
  if (isObject(container.layer)) {
    yield* withInside({ path: prefix + nameOf(container.layer), layer: container.layer, siblings: [], container });
  }
}

/** The name of a layer, which a sequential model has only in the configuration. */
export function nameOf(layer: Config): string {
  return String(layer.name ?? (isObject(layer.config) ? layer.config.name : undefined) ?? '');
}

function* withInside(place: Place): Generator<Place> {
  yield place;
  yield* layersOf(place.layer, `${place.path}/`);
}

/**
 * The layers in a model's configuration, which for old sequential models is the list itself; none
 * in that of a layer.
 */
function layerList(config: unknown): readonly Config[] {
  const layers = isObject(config) ? config.layers : config;
  return Array.isArray(layers) ? layers.filter(isObject) : [];
}
