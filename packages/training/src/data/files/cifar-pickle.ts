/**
 * CIFAR's files for Python: pickled dictionaries of labels and a NumPy array of bytes, written by
 * Python 2, or written again by Python 3. Nothing in them is executed.
 */
import { type PickleHost, unpickle } from '@softpool/models/internal';

/** A pickled dictionary, by its keys. */
export type Pickled = ReadonlyMap<string, unknown>;

/** Reads a pickled dictionary. Throws an Error that says what is wrong. */
export function readPickle(bytes: Uint8Array): Pickled {
  const { value } = unpickle(bytes, 0, HOST);
  if (!(value instanceof Map)) throw new Error('the pickle is not a dictionary');
  return new Map(Array.from(value as Map<unknown, unknown>, ([key, entry]) => [textOf(key), entry]));
}

/** The pictures of a dictionary, `size` bytes each. */
export function picturesOf(dictionary: Pickled, size: number): Uint8Array[] {
  const array = dictionary.get('data');
  if (!(array instanceof NumpyArray)) throw new Error("the pickle has no array named 'data'");
  const { shape, type, bytes } = array;
  const [count, length] = Array.isArray(shape) ? (shape as unknown[]) : [];
  const isFit = type === 'u1' && length === size && typeof count === 'number' && count > 0 && bytes.length === count * size;
  if (!isFit) throw new Error(`its 'data' must be bytes of the shape [pictures, ${size}], received ${type} of the shape [${shape}]`);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

/** A list of labels, by its key. */
export function labelsOf(dictionary: Pickled, key: string, count: number): number[] {
  const labels = dictionary.get(key);
  const isList = Array.isArray(labels) && labels.length === count && labels.every((label) => Number.isInteger(label) && label >= 0);
  if (!isList) throw new Error(`its '${key}' must be a list of ${count} labels`);
  return labels as number[];
}

/** A list of names, by its key. */
export function namesOf(dictionary: Pickled, key: string): string[] {
  const names = dictionary.get(key);
  if (!Array.isArray(names)) throw new Error(`it has no list named '${key}'`);
  return names.map(textOf);
}

/** What a pickled NumPy array says of itself. */
class NumpyArray {
  shape: unknown = [];
  type = '';
  bytes = new Uint8Array();
}

class NumpyType {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const ARRAYS = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'];

const HOST: PickleHost = {
  global(module, name) {
    const path = `${module}.${name}`;
    if ([...ARRAYS, 'numpy.ndarray', 'numpy.dtype', '_codecs.encode'].includes(path)) return path;
    throw new Error(`the pickle refers to ${path}, which CIFAR's files do not need`);
  },
  call(callable, args) {
    if (ARRAYS.includes(callable as string)) return new NumpyArray();
    if (callable === 'numpy.dtype') return new NumpyType(textOf(args[0]));
    // Python 3 writes bytes in this way for old protocols.
    if (callable === '_codecs.encode') return Uint8Array.from(textOf(args[0]), (character) => character.charCodeAt(0));
    throw new Error(`the pickle calls ${String(callable)}, which CIFAR's files do not need`);
  },
  persistent() {
    throw new Error("the pickle refers to another file, which CIFAR's files do not need");
  },
  build(target, state) {
    if (!(target instanceof NumpyArray)) return; // byte order and the like of a type
    const [, shape, type, isFortran, bytes] = Array.isArray(state) ? (state as unknown[]) : [];
    if (!(type instanceof NumpyType) || !(bytes instanceof Uint8Array) || isFortran !== false) {
      throw new Error('the pickle has an array that is not one of bytes, row by row');
    }
    Object.assign(target, { shape, type: type.name, bytes });
  },
  string: (bytes) => bytes,
};

/** A string of Python 3, or of Python 2, where it is bytes. */
function textOf(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}
