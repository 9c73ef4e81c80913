/** Loads weights with torchvision's names into models, all or none, and saves them. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { arrayName, checkKeys, describe, rangeError, typeError } from 'softpool/internal';
import { type StoredTensor, sizeOf, type TensorData, WeightsError } from './tensor-file.ts';
import { isBatchCount, moduleOf, prefixOf, type TorchWeight, torchvisionNames, torchWeights } from './torchvision-names.ts';

/** The options of {@link loadWeights}. */
export interface LoadOptions {
  /**
   * Modules or tensors to leave unchanged in the model, such as `['fc']` for a new head. A name
   * that is neither in the model nor in the file is an error. Default: none.
   */
  readonly except?: readonly string[] | undefined;
  /**
   * A prefix to remove from the names in the file, such as `'_orig_mod.'` of torch.compile,
   * `'model.'` of Lightning or `'model_ema.module.'`. Tensors without it are ignored. Default:
   * none.
   */
  readonly prefix?: string | undefined;
}

/** What happened to each tensor of a file and each weight of a model, by torchvision's names. */
export interface LoadedWeights {
  /** Tensors that were loaded. */
  readonly loaded: readonly string[];
  /**
   * Tensors without a counterpart: `num_batches_tracked` of the model's normalizations, and those
   * without `prefix`.
   */
  readonly ignored: readonly string[];
  /** Names excluded by `except`, in the file or the model. */
  readonly left: readonly string[];
}

/** A tensor whose shape differs from the model's weight. */
export interface MisshapenTensor {
  /** torchvision's name. */
  readonly name: string;
  /** Shape in the file. */
  readonly shape: readonly number[];
  /** Shape that the model needs, in PyTorch's layout. */
  readonly expected: readonly number[];
}

/** Weights of another network. The message lists everything that does not fit. */
export class WeightsMismatchError extends WeightsError {
  /** `'WeightsMismatchError'`. */
  override readonly name = 'WeightsMismatchError';
  /** Names in the model that the file lacks. */
  readonly missing: readonly string[];
  /** Names in the file that the model lacks. */
  readonly unexpected: readonly string[];
  /** Tensors with different shapes in both. */
  readonly misshapen: readonly MisshapenTensor[];
  /** The prefix that most names in the file have before those of the model, if there is one. */
  readonly prefix: string | undefined;

  /** Creates an error from torchvision's names. */
  constructor(missing: readonly string[], unexpected: readonly string[], misshapen: readonly MisshapenTensor[], prefix?: string) {
    const listed = (what: string, entries: readonly string[]): string[] =>
      entries.length > 0 ? [`${entries.length} ${what}: ${entries.join(', ')}`] : [];
    const shapes = misshapen.map(({ name, shape, expected }) => `${name} is [${shape.join(', ')}], expected [${expected.join(', ')}]`);
    const lists = [...listed('missing', missing), ...listed('unexpected', unexpected), ...listed('with another shape', shapes)];
    super(
      prefix === undefined
        ? `the weights do not fit this model: ${lists.join('; ')}`
        : `the weights do not fit this model: its names have the prefix ${describe(prefix)} in the file; remove it by options.prefix`,
    );
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
    this.prefix = prefix;
  }
}

/**
 * Loads weights with torchvision's names into a model whose layers have them too. The prefix
 * `module.` of `DataParallel` is ignored. Every tensor of the file and every weight of the model is
 * accounted for. If anything does not fit or cannot be read, the model does not change.
 *
 * @param model - The model. Kernels are transposed from PyTorch's [out, in, height, width] to
 *   [height, width, in, out].
 * @param tensors - The tensors of an opened file.
 * @param options - What to exclude.
 * @returns What was loaded and what was not.
 * @throws WeightsMismatchError with all names that are missing, unexpected or have another shape;
 *   WeightsError if a tensor cannot be read; RangeError for an unknown name in `options.except`;
 *   TypeError for an unknown option.
 * @example
 * ```ts
 * await tf.setBackend('cpu');
 * const layer = tfl.layers.dense({ name: 'fc', units: 1, inputShape: [2] });
 * const model = tfl.sequential({ layers: [layer] });
 * const file = encodeSafetensors({
 *   'module.fc.weight': { shape: [1, 2], data: Float32Array.of(3, 4) },
 *   'module.fc.bias': { shape: [1], data: Float32Array.of(5) },
 * });
 * const { tensors } = await openWeights(new Blob([file]));
 * const { loaded } = await loadWeights(model, tensors);
 * loaded; // ['fc.weight', 'fc.bias']
 * layer.getWeights()[0]?.arraySync(); // [[3], [4]]
 * ```
 */
export async function loadWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  options: LoadOptions = {},
): Promise<LoadedWeights> {
  checkKeys('loadWeights', options, ['except', 'prefix']);
  const weights = torchWeights(model);
  const { except = [], prefix = '' } = options;
  if (typeof tensors?.keys !== 'function' || typeof tensors.get !== 'function')
    throw typeError('loadWeights', 'tensors', 'a Map', tensors, ': give the `tensors` of what openWeights or readWeights resolves to');
  if (!Array.isArray(except)) throw typeError('loadWeights', 'options.except', 'a list of names', except);
  const { prefixed, others } = withPrefix(tensors, prefix);
  const { pairs, ignored, ...report } = matched(weights, renamed(prefixed), except);
  const values: Float32Array[] = [];
  for (const { name, weight, tensor } of pairs) values.push(weight.fromTorch(await readNamed(name, tensor)));
  tf.tidy(() => {
    for (const [index, { weight }] of pairs.entries()) {
      weight.variable.write(tf.tensor(values[index] as Float32Array, weight.variable.shape as number[], 'float32'));
    }
  });
  return { ...report, ignored: [...ignored, ...others] };
}

/**
 * Returns a model's weights with torchvision's names and shapes. PyTorch loads them with
 * `load_state_dict` from a file written with `encodeSafetensors`.
 *
 * @param model - A model whose layers have the names of torchvision's modules.
 * @returns The tensors in the order of the layers, without `num_batches_tracked`, which PyTorch
 *   then sets to 0.
 * @throws Error if two weights have the same name.
 * @example
 * ```ts
 * await tf.setBackend('cpu');
 * const inputShape = [16, 16, 2];
 * const conv = tfl.layers.conv2d({ name: 'conv1', filters: 8, kernelSize: [3, 5], inputShape });
 * const tensors = await saveWeights(tfl.sequential({ layers: [conv] }));
 * Object.keys(tensors); // ['conv1.weight', 'conv1.bias']
 * tensors['conv1.weight']?.shape; // [8, 2, 3, 5]
 * ```
 */
export async function saveWeights(model: LayersModel): Promise<Record<string, TensorData>> {
  const saved: Record<string, TensorData> = {};
  for (const { name, shape, variable, toTorch } of torchWeights(model).values()) {
    saved[name] = { shape, data: Float32Array.from(toTorch((await variable.read().data()) as Float32Array)) };
  }
  return saved;
}

type Tensors = ReadonlyMap<string, StoredTensor>;

/**
 * The tensors whose names have a prefix, by the rest of their names; and the names of the others.
 */
function withPrefix(tensors: Tensors, prefix: string): { prefixed: Tensors; others: string[] } {
  const names = [...tensors.keys()];
  const others = names.filter((name) => !name.startsWith(prefix));
  if (typeof prefix !== 'string' || (prefix !== '' && others.length === names.length)) {
    throw rangeError('loadWeights', 'options.prefix', 'a prefix of names in the file', prefix, `; the first is ${describe(names[0])}`);
  }
  const prefixed = Array.from(tensors).filter(([name]) => name.startsWith(prefix));
  return { prefixed: new Map(prefixed.map(([name, tensor]) => [name.slice(prefix.length), tensor])), others };
}

/** The tensors by torchvision's current names. */
function renamed(tensors: Tensors): Tensors {
  const names = torchvisionNames([...tensors.keys()]);
  const byName = new Map<string, StoredTensor>();
  for (const [index, tensor] of [...tensors.values()].entries()) {
    const name = names[index] as string;
    if (byName.has(name)) throw new WeightsError(`the file has two tensors that torchvision calls ${name}`);
    byName.set(name, tensor);
  }
  return byName;
}

interface Match extends LoadedWeights {
  readonly pairs: readonly { readonly name: string; readonly weight: TorchWeight; readonly tensor: StoredTensor }[];
}

function matched(weights: ReadonlyMap<string, TorchWeight>, tensors: Tensors, except: readonly string[]): Match {
  const names = new Set([...weights.keys(), ...tensors.keys()]);
  const isLeft = (name: string): boolean => except.some((part) => name === part || name.startsWith(`${part}.`));
  for (const part of except) {
    if ([...names].some((name) => name === part || name.startsWith(`${part}.`))) continue;
    throw rangeError('loadWeights', 'options.except', 'names in the model or the file', part);
  }
  const modules = new Set(Array.from(weights.keys(), moduleOf));
  const isIgnored = (name: string): boolean => isBatchCount(name) && modules.has(moduleOf(name));
  const left = [...names].filter(isLeft);
  const here = [...weights.values()].filter(({ name }) => !isLeft(name));
  const there = [...tensors.keys()].filter((name) => !isLeft(name) && !weights.has(name));

  const missing = here.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
  const unexpected = there.filter((name) => !isIgnored(name));
  const pairs = here.flatMap((weight) => {
    const tensor = tensors.get(weight.name);
    return tensor === undefined ? [] : [{ name: weight.name, weight, tensor }];
  });
  const misshapen = pairs
    .filter(({ weight, tensor }) => weight.shape.join() !== tensor.shape.join())
    .map(({ name, weight, tensor }) => ({ name, shape: tensor.shape, expected: weight.shape }));
  if (missing.length + unexpected.length + misshapen.length > 0) {
    const prefix = pairs.length === 0 ? prefixOf(unexpected, new Set(missing)) : undefined;
    throw new WeightsMismatchError(missing, unexpected, misshapen, prefix);
  }
  return { pairs, loaded: pairs.map(({ name }) => name), ignored: there.filter(isIgnored), left };
}

async function readNamed(name: string, tensor: StoredTensor): Promise<Float32Array> {
  let data: unknown;
  try {
    data = await tensor.read();
  } catch (error) {
    throw new WeightsError(`cannot read ${name}: ${(error as Error).message}`, { cause: error });
  }
  const values = arrayName(data) === 'Float32Array' ? (data as Float32Array) : undefined;
  // An array of this context, since TensorFlow.js does not know others.
  if (values?.length === sizeOf(tensor.shape)) return new Float32Array(values.buffer, values.byteOffset, values.length);
  const received = values === undefined ? describe(data) : `${values.length} values`;
  throw new WeightsError(`cannot read ${name}: its values must be a Float32Array of ${sizeOf(tensor.shape)}, received ${received}`);
}
