/** Weights in torchvision's naming into a model, all of them or none, and out of it. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { shown } from './json.ts';
import { type StoredTensor, type TensorData, WeightsError } from './tensor-file.ts';
import { isBatchCount, moduleOf, type TorchWeight, torchvisionNames, torchWeights } from './torchvision-names.ts';

/** How weights are loaded. */
export interface LoadOptions {
  /**
   * Modules, or single tensors, that stay as they are in the model, whatever the file has there: `['fc']` for a new head. Default: none. A name that
   * neither the model nor the file has is an error.
   */
  readonly except?: readonly string[];
}

/** What became of each tensor of a file and of each weight of a model, by their names in torchvision. */
export interface LoadedWeights {
  /** Tensors that are now the model's. */
  readonly loaded: readonly string[];
  /** Tensors without a meaning here: `num_batches_tracked` of normalizations that the model has. */
  readonly ignored: readonly string[];
  /** What `except` left out, in the file or in the model. */
  readonly left: readonly string[];
}

/** A tensor whose shape is not that of the model's weight. */
export interface MisshapenTensor {
  /** As torchvision has it. */
  readonly name: string;
  /** The shape in the file. */
  readonly shape: readonly number[];
  /** The shape that the model needs, as PyTorch has it. */
  readonly expected: readonly number[];
}

/** Weights of another network. The message lists all that does not fit. */
export class WeightsMismatchError extends WeightsError {
  /** `'WeightsMismatchError'`. */
  override readonly name = 'WeightsMismatchError';
  /** What the model has and the file lacks. */
  readonly missing: readonly string[];
  /** What the file has and the model lacks. */
  readonly unexpected: readonly string[];
  /** What both have, in two shapes. */
  readonly misshapen: readonly MisshapenTensor[];

  /** All names are torchvision's. */
  constructor(missing: readonly string[], unexpected: readonly string[], misshapen: readonly MisshapenTensor[]) {
    const listed = (what: string, entries: readonly string[]): string[] =>
      entries.length > 0 ? [`${entries.length} ${what}: ${entries.join(', ')}`] : [];
    const shapes = misshapen.map(({ name, shape, expected }) => `${name} is [${shape.join(', ')}] and should be [${expected.join(', ')}]`);
    const lists = [...listed('missing', missing), ...listed('unexpected', unexpected), ...listed('of another shape', shapes)];
    super(`the weights are not those of this model; ${lists.join('; ')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

/**
 * Loads weights in torchvision's naming, with or without the `module.` of `DataParallel`, into a model whose layers are named so. Each tensor of the
 * file and each weight of the model is accounted for. If anything does not fit, or cannot be read, the model stays as it was.
 *
 * @param model - The model. Its kernels become [height, width, in, out] of [out, in, height, width].
 * @param tensors - The tensors of a file that was opened.
 * @param options - What to leave out.
 * @returns What was loaded and what was not.
 * @throws WeightsMismatchError with all names that are missing, unexpected or of another shape; WeightsError if a tensor cannot be read; RangeError if a
 *   name in `options.except` is that of nothing.
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
  const weights = torchWeights(model);
  const { pairs, ...report } = matched(weights, renamed(tensors), options.except ?? []);
  const values: Float32Array[] = [];
  for (const { name, weight, tensor } of pairs) values.push(weight.fromTorch(await readNamed(name, tensor)));
  tf.tidy(() => {
    for (const [index, { weight }] of pairs.entries()) {
      weight.variable.write(tf.tensor(values[index] as Float32Array, weight.variable.shape as number[], 'float32'));
    }
  });
  return report;
}

/**
 * The weights of a model by their names, and in their shapes, in torchvision: PyTorch loads them with `load_state_dict`, from a file of
 * `encodeSafetensors`.
 *
 * @param model - The model, whose layers are named as torchvision's modules.
 * @returns The tensors in the order of the layers. There is no `num_batches_tracked`, which PyTorch takes as 0.
 * @throws Error if two weights have one name.
 * @example
 * ```ts
 * await tf.setBackend('cpu');
 * const model = tfl.sequential({ layers: [tfl.layers.conv2d({ name: 'conv1', filters: 8, kernelSize: [3, 5], inputShape: [16, 16, 2] })] });
 * const tensors = await saveWeights(model);
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

/** The tensors by torchvision's names of today. */
function renamed(tensors: Tensors): Tensors {
  const names = torchvisionNames([...tensors.keys()]);
  const byName = new Map<string, StoredTensor>();
  for (const [index, tensor] of [...tensors.values()].entries()) {
    const name = names[index] as string;
    if (byName.has(name)) throw new WeightsError(`the file has two tensors that are ${name} in torchvision`);
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
    throw new RangeError(`loadWeights: options.except has ${shown(part)}, which is the name of nothing in the model or in the file`);
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
  if (missing.length + unexpected.length + misshapen.length > 0) throw new WeightsMismatchError(missing, unexpected, misshapen);
  return { pairs, loaded: pairs.map(({ name }) => name), ignored: there.filter(isIgnored), left };
}

async function readNamed(name: string, tensor: StoredTensor): Promise<Float32Array> {
  try {
    return await tensor.read();
  } catch (error) {
    throw new WeightsError(`${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
