/**
 * A model's weights by the names and in the shapes that torchvision gives them. A layer's name is a module's path, so `layer1.0.conv1/kernel` here is
 * `layer1.0.conv1.weight` there.
 */
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { sizeOf } from './tensor-file.ts';

/** A weight of a model, and what it is in PyTorch. */
export interface TorchWeight {
  /** As in `layer1.0.conv1.weight`. */
  readonly name: string;
  /** A kernel is [out, in / groups, height, width]; one of a dense layer [out, in]. */
  readonly shape: readonly number[];
  readonly variable: LayerVariable;
  /** The values in TensorFlow.js's order, of those in PyTorch's. */
  fromTorch(data: Float32Array): Float32Array;
  /** The values in PyTorch's order, of those in TensorFlow.js's. */
  toTorch(data: Float32Array): Float32Array;
}

/** The weights of a model by their names in PyTorch. Throws if two have one name. */
export function torchWeights(model: LayersModel): Map<string, TorchWeight> {
  const weights = new Map<string, TorchWeight>();
  for (const layer of model.layers) {
    for (const variable of layer.weights) {
      const kind = kindOf(variable);
      const names = layer.weights.some((other) => kindOf(other) === 'moving_mean') ? NORMALIZATION : WEIGHTED;
      const name = `${layer.name}.${names[kind] ?? kind}`;
      if (weights.has(name)) throw new Error(`the model has two weights that are ${name} in PyTorch`);
      weights.set(name, torchWeight(name, kind, variable));
    }
  }
  return weights;
}

/** The part of a name that says which module it belongs to. */
export function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

/** How many batches a normalization has seen, which PyTorch counts for averages that no network here takes. */
export function isBatchCount(name: string): boolean {
  return name.endsWith('.num_batches_tracked');
}

/**
 * The names that the tensors of a file have in torchvision today: without the `module.` in front of all of them that `DataParallel` leaves, and with
 * DenseNet's `norm1`, `conv1` and so on, which were `norm.1`, `conv.1` in its published weights.
 */
export function torchvisionNames(names: readonly string[]): string[] {
  const isWrapped = names.length > 0 && names.every((name) => name.startsWith(WRAPPER));
  return names.map((name) => (isWrapped ? name.slice(WRAPPER.length) : name).replace(OLD_DENSENET, '$1$2'));
}

const NORMALIZATION: Readonly<Record<string, string>> = {
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** Of convolutions and dense layers. What is not here, as a trained β of soft pooling, keeps its name. */
const WEIGHTED: Readonly<Record<string, string>> = { kernel: 'weight', bias: 'bias' };

const WRAPPER = 'module.';

/** As torchvision's `_load_state_dict` has it. */
const OLD_DENSENET = /^(.*denselayer\d+\.(?:norm|conv))\.([12]\.\w+)$/;

/** As in `kernel`. */
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

/** Values [first, second, third] as [third, second, first], in blocks that stay in the cache: a row of them would be written far apart. */
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
