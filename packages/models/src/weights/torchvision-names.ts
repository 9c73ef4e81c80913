/**
 * A model's weights with torchvision's names and shapes. A layer's name is a module's path, so
 * `layer1.0.conv1/kernel` here is `layer1.0.conv1.weight` there.
 */
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { sizeOf } from './tensor-file.ts';

/** A weight of a model and its counterpart in PyTorch. */
export interface TorchWeight {
  /** PyTorch's name, as in `layer1.0.conv1.weight`. */
  readonly name: string;
  /**
   * PyTorch's shape: [out, in / groups, height, width] for convolutions, [out, in] for dense
   * layers.
   */
  readonly shape: readonly number[];
  readonly variable: LayerVariable;
  /** Reorders values from PyTorch to TensorFlow.js. */
  fromTorch(data: Float32Array): Float32Array;
  /** Reorders values from TensorFlow.js to PyTorch. */
  toTorch(data: Float32Array): Float32Array;
}

/** A model's weights by PyTorch's names. Throws if two have the same name. */
export function torchWeights(model: LayersModel): Map<string, TorchWeight> {
  const weights = new Map<string, TorchWeight>();
  for (const layer of model.layers) {
    for (const variable of layer.weights) {
      const kind = kindOf(variable);
      const names = layer.weights.some((other) => kindOf(other) === 'moving_mean') ? NORMALIZATION : WEIGHTED;
      const name = `${layer.name}.${names[kind] ?? kind}`;
      if (weights.has(name)) throw new Error(`the model has two weights that PyTorch calls ${name}`);
      weights.set(name, torchWeight(name, kind, variable));
    }
  }
  return weights;
}

/** The module's path in a name. */
export function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

/** Whether a name is a normalization's batch count, which no network here needs. */
export function isBatchCount(name: string): boolean {
  return name.endsWith('.num_batches_tracked');
}

/**
 * torchvision's current names of the tensors in a file: without the prefix `module.` of
 * `DataParallel` that all of them have, and with DenseNet's `norm1`, `conv1`…, which are `norm.1`,
 * `conv.1` in its published weights.
 */
export function torchvisionNames(names: readonly string[]): string[] {
  const isWrapped = names.length > 0 && names.every((name) => name.startsWith(WRAPPER));
  return names.map((name) => (isWrapped ? name.slice(WRAPPER.length) : name).replace(OLD_DENSENET, '$1$2'));
}

/**
 * The prefix without which most of the model's names are in the file, such as `_orig_mod.` of
 * torch.compile or `model.` of Lightning; `undefined` if no more than half of them are.
 */
export function prefixOf(names: Iterable<string>, wanted: ReadonlySet<string>): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (!wanted.has(name.slice(dot + 1))) continue;
      const prefix = name.slice(0, dot + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most !== undefined && 2 * most[1] > wanted.size ? most[0] : undefined;
}

const NORMALIZATION: Readonly<Record<string, string>> = {
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** Names of convolutions and dense layers. Others, such as a trained β of SoftPool, are kept. */
const WEIGHTED: Readonly<Record<string, string>> = { kernel: 'weight', bias: 'bias' };

const WRAPPER = 'module.';

/** The pattern of torchvision's `_load_state_dict`. */
const OLD_DENSENET = /^(.*denselayer\d+\.(?:norm|conv))\.([12]\.\w+)$/;

/** The weight's own name, as in `kernel`. */
function kindOf({ originalName }: LayerVariable): string {
  return originalName.slice(originalName.lastIndexOf('/') + 1);
}

function torchWeight(name: string, kind: string, variable: LayerVariable): TorchWeight {
  const shape = variable.shape.map((length) => length ?? 0);
  const [out, ins] = [shape.at(-1), shape.at(-2)];
  if (kind !== 'kernel' || out === undefined || ins === undefined) {
    return { name, shape, variable, fromTorch: (data) => data, toTorch: (data) => data };
  }
  const places = shape.slice(0, -2);
  const taps = sizeOf(places);
  return {
    name,
    shape: [out, ins, ...places],
    variable,
    fromTorch: (data) => reversed(data, out, ins, taps),
    toTorch: (data) => reversed(data, taps, ins, out),
  };
}

/** Transposes [first, second, third] to [third, second, first] in blocks that fit the cache. */
function reversed(data: Float32Array, first: number, second: number, third: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let blockB = 0; blockB < second; blockB += BLOCK) {
    const endB = Math.min(second, blockB + BLOCK);
    for (let blockA = 0; blockA < first; blockA += BLOCK) {
      const endA = Math.min(first, blockA + BLOCK);
      for (let c = 0; c < third; c++) {
        for (let b = blockB; b < endB; b++) {
          for (let a = blockA; a < endA; a++) turned[(c * second + b) * first + a] = data[(a * second + b) * third + c] as number;
        }
      }
    }
  }
  return turned;
}

const BLOCK = 16;
