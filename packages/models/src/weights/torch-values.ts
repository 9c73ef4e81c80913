/**
 * What PyTorch's pickles may refer to: dictionaries, tensors on storages, and values beside the
 * weights, such as an optimizer's, which are ignored. Other names are refused. Nothing is executed.
 */
import { describe } from 'softpool/internal';
import { type DType, dtypeNames } from './dtypes.ts';
import { isCount } from './json.ts';
import type { PickleHost } from './pickle.ts';
import { WeightsError } from './tensor-file.ts';

/** A storage: consecutive numbers in a file, on which tensors are views. */
export interface TorchStorage {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: DType;
  /** Number of values. */
  readonly length: number;
}

/** A view on a storage, unchecked. */
export interface TorchTensor {
  readonly kind: 'tensor';
  readonly storage: unknown;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly stride: unknown;
}

/** A host for PyTorch's pickles that collects their storages. */
export function torchHost(): PickleHost & { readonly storages: ReadonlyMap<string, TorchStorage> } {
  const storages = new Map<string, TorchStorage>();
  return {
    storages,
    global: (module, name) => globalOf(`${module}.${name}`),
    call(callable, args) {
      if (isGlobal(callable)) return callable.call(args);
      throw new WeightsError('the pickle calls something that is not a function');
    },
    persistent(id) {
      const storage = storageOf(id);
      const known = storages.get(storage.key);
      if (known !== undefined && (known.dtype !== storage.dtype || known.length !== storage.length)) {
        const [before, now] = [known, storage].map(({ dtype, length }) => `${length} values of type ${dtype}`);
        throw new WeightsError(`the storage ${describe(storage.key)} is declared with ${before} and with ${now}`);
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

/** What a name in a pickle stands for. */
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
    `the pickle refers to ${describe(name)}, which files of weights must not use; nothing was executed. ` +
      'Save only the tensors in PyTorch: torch.save(model.state_dict(), path)',
  );
}

/** Functions that files of weights call. */
const CALLS: ReadonlyMap<string, (args: readonly unknown[]) => unknown> = new Map([
  ['collections.OrderedDict', dictionary],
  ['collections.Counter', dictionary],
  ['collections.defaultdict', () => new Map()],
  ['torch._utils._rebuild_tensor', tensor],
  ['torch._utils._rebuild_tensor_v2', tensor],
  ['torch._utils._rebuild_parameter', ([data]: readonly unknown[]) => data],
]);

/** Storage classes. Older versions had separate ones for GPUs. */
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

/** Other values in checkpoints: NumPy numbers, command line arguments, sizes, devices, types. */
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

/** A dictionary: empty, from another one, or from pairs, as Python 2 wrote them. */
function dictionary([entries]: readonly unknown[]): Map<unknown, unknown> {
  if (entries === undefined || entries instanceof Map) return new Map(entries);
  if (Array.isArray(entries) && entries.every((entry) => Array.isArray(entry) && entry.length === 2)) return new Map(entries);
  throw new WeightsError('the pickle creates a dictionary from something without entries');
}

function tensor([storage, offset, shape, stride]: readonly unknown[]): TorchTensor {
  return { kind: 'tensor', storage, offset, shape, stride };
}

/** A storage's id is `('storage', class, key, device, length)`, before PyTorch 1.6 with a view. */
function storageOf(id: unknown): TorchStorage {
  if (!Array.isArray(id) || id[0] !== 'storage') throw new WeightsError('the pickle refers to something that is not a storage');
  const [, type, key, , length, view = null] = id as unknown[];
  const dtype = isGlobal(type) ? STORAGES.get(type.name) : undefined;
  if (dtype === undefined) throw new WeightsError(`the pickle has a storage of an unknown type; supported are ${dtypeNames()}`);
  if (typeof key !== 'string' || !isCount(length)) throw new WeightsError('the pickle has a storage without a key or a length');
  if (view !== null)
    throw new WeightsError(
      `the storage ${describe(key)} is a view on another one, as in PyTorch before 0.4; save the file again with a newer version`,
    );
  return { kind: 'storage', key, dtype, length };
}
