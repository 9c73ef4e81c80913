/**
 * What a pickle of PyTorch may refer to: dictionaries, tensors on storages, and values beside the weights, as an optimizer's, that are passed over.
 * Anything else is refused by its name. Nothing is ever run.
 */
import { type DType, dtypeNames } from './dtypes.ts';
import { isCount, shown } from './json.ts';
import type { PickleHost } from './pickle.ts';
import { WeightsError } from './tensor-file.ts';

/** Numbers in a file, one after the other, on which tensors are views. */
export interface TorchStorage {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: DType;
  /** The number of its values. */
  readonly length: number;
}

/** A view on a storage, as the pickle says it: not checked. */
export interface TorchTensor {
  readonly kind: 'tensor';
  readonly storage: unknown;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly stride: unknown;
}

/** Names as PyTorch's pickles use them, and the storages that they hold. */
export function torchHost(): PickleHost & { readonly storages: ReadonlyMap<string, TorchStorage> } {
  const storages = new Map<string, TorchStorage>();
  return {
    storages,
    global: (module, name) => globalOf(`${module}.${name}`),
    call(callable, args) {
      if (isGlobal(callable)) return callable.call(args);
      throw new WeightsError('the pickle calls something that is no function');
    },
    persistent(id) {
      const storage = storageOf(id);
      const known = storages.get(storage.key);
      if (known !== undefined && (known.dtype !== storage.dtype || known.length !== storage.length)) {
        const [before, now] = [known, storage].map(({ dtype, length }) => `${length} values of type ${dtype}`);
        throw new WeightsError(`the storage ${shown(storage.key)} is said to hold ${before}, and then ${now}`);
      }
      storages.set(storage.key, storage);
      return storage;
    },
  };
}

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is TorchTensor {
  return hasKind(value) && value.kind === 'tensor';
}

/** Whether a value is a storage. */
export function isStorage(value: unknown): value is TorchStorage {
  return hasKind(value) && value.kind === 'storage';
}

/** What a name stands for. */
interface Global {
  readonly kind: 'global';
  readonly name: string;
  call(args: readonly unknown[]): unknown;
}

function hasKind(value: unknown): value is { readonly kind: unknown } {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function isGlobal(value: unknown): value is Global {
  return hasKind(value) && value.kind === 'global';
}

function globalOf(name: string): Global {
  const call = CALLS.get(name) ?? (STORAGES.has(name) || BESIDE_THE_WEIGHTS.test(name) ? () => ({ kind: 'other', name }) : undefined);
  if (call !== undefined) return { kind: 'global', name, call };
  throw new WeightsError(
    `the pickle refers to ${shown(name)}, which is none of the names that a file of weights may use; nothing of it was run. ` +
      'With PyTorch, save the tensors alone: torch.save(model.state_dict(), path)',
  );
}

/** What is called in a file of weights, without what only training needs. */
const CALLS: ReadonlyMap<string, (args: readonly unknown[]) => unknown> = new Map([
  ['collections.OrderedDict', dictionary],
  ['collections.Counter', dictionary],
  ['collections.defaultdict', () => new Map()],
  ['torch._utils._rebuild_tensor', tensor],
  ['torch._utils._rebuild_tensor_v2', tensor],
  ['torch._utils._rebuild_parameter', ([data]: readonly unknown[]) => data],
]);

/** The classes of storages, of which older versions had others on a GPU. */
const STORAGES: ReadonlyMap<string, DType> = new Map(
  Object.entries({
    Double: 'F64',
    Float: 'F32',
    Half: 'F16',
    BFloat16: 'BF16',
    Long: 'I64',
    Int: 'I32',
    Short: 'I16',
    Char: 'I8',
    Byte: 'U8',
    Bool: 'BOOL',
  } satisfies Record<string, DType>).flatMap(([name, dtype]) => [
    [`torch.${name}Storage`, dtype] as const,
    [`torch.cuda.${name}Storage`, dtype] as const,
  ]),
);

/** What checkpoints hold besides: numbers of NumPy, arguments of the command line, sizes, devices, types. */
const BESIDE_THE_WEIGHTS = new RegExp(
  `^(?:${[
    'torch\\.(?:Size|device|bool|u?int\\d+|b?float\\d+|complex\\d+)',
    'numpy\\.(?:dtype|ndarray)',
    'numpy\\._?core\\.multiarray\\.(?:scalar|_reconstruct)',
    '_codecs\\.encode',
    'argparse\\.Namespace',
    '(?:__builtin__|builtins)\\.(?:set|frozenset|complex|slice|range|bytearray)',
  ].join('|')})$`,
);

/** Of nothing, of another dictionary, or of pairs, as Python 2 wrote them. */
function dictionary([entries]: readonly unknown[]): Map<unknown, unknown> {
  if (entries === undefined || entries instanceof Map) return new Map(entries);
  if (Array.isArray(entries) && entries.every((entry) => Array.isArray(entry) && entry.length === 2)) return new Map(entries);
  throw new WeightsError('the pickle makes a dictionary of what has no entries');
}

function tensor([storage, offset, shape, stride]: readonly unknown[]): TorchTensor {
  return { kind: 'tensor', storage, offset, shape, stride };
}

/** The id of a storage is `('storage', class, key, device, length)`; before PyTorch 1.6 a view on another storage could follow. */
function storageOf(id: unknown): TorchStorage {
  if (!Array.isArray(id) || id[0] !== 'storage') throw new WeightsError('the pickle refers to something outside that is no storage');
  const [, type, key, , length, view = null] = id as unknown[];
  const dtype = isGlobal(type) ? STORAGES.get(type.name) : undefined;
  if (dtype === undefined)
    throw new WeightsError(`the pickle has a storage of a type that cannot be read; those that can are ${dtypeNames()}`);
  if (typeof key !== 'string' || !isCount(length)) throw new WeightsError('the pickle has a storage without a key or a length');
  if (view !== null)
    throw new WeightsError(
      `the storage ${shown(key)} is a view on another one, as PyTorch wrote them before 0.4; save the file again with a newer one`,
    );
  return { kind: 'storage', key, dtype, length };
}
