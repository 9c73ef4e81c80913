/** Files as `torch.save` writes them: pickles in a zip archive, or in the format before it. */
import { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

/** A part of a pickle: instructions that leave one value on the stack. */
export type Pickled = readonly number[];

/** A text. */
export function text(value: string): Pickled {
  const bytes = new TextEncoder().encode(value);
  return [0x58, ...littleEndian(bytes.length, 4), ...bytes];
}

/** An integer of 32 or 64 bits. */
export function integer(value: number): Pickled {
  if (Math.trunc(value) === (value | 0)) return [0x4a, ...littleEndian(value, 4)];
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return [0x8a, 8, ...bytes];
}

/** None or a boolean. */
export function constant(value: null | boolean): Pickled {
  return [value === null ? 0x4e : value ? 0x88 : 0x89];
}

/** A tuple. */
export function tuple(...items: readonly Pickled[]): Pickled {
  return [0x28, ...items.flat(), 0x74];
}

/** A list. */
export function list(...items: readonly Pickled[]): Pickled {
  return [0x5d, 0x28, ...items.flat(), 0x65];
}

/** A dictionary. */
export function dictionary(...entries: readonly (readonly [name: Pickled, value: Pickled])[]): Pickled {
  return [0x7d, 0x28, ...entries.flat(2), 0x75];
}

/** The global `module.name`. */
export function global(module: string, name: string): Pickled {
  return [0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

/** The result of a call. */
export function called(callable: Pickled, ...args: readonly Pickled[]): Pickled {
  return [...callable, ...tuple(...args), 0x52];
}

/** A whole pickle of protocol 2. */
export function pickle(value: Pickled): number[] {
  return [0x80, 2, ...value, 0x2e];
}

/** The storage of a tensor. */
export interface StorageParts {
  readonly key: string;
  /** The number of its values. */
  readonly length: number;
  /** Its class. Default: `FloatStorage`. */
  readonly type?: string;
}

/** A storage by its id. */
export function storage({ key, length, type = 'FloatStorage' }: StorageParts): Pickled {
  return [...tuple(text('storage'), global('torch', type), text(key), text('cpu'), integer(length)), 0x51];
}

/** A tensor. Its default strides are those of contiguous values. */
export function tensor(of: Pickled, shape: readonly number[], stride = stridesOf(shape), offset = 0): Pickled {
  const sizes = (values: readonly number[]): Pickled => tuple(...values.map(integer));
  const hooks = called(global('collections', 'OrderedDict'));
  return called(global('torch._utils', '_rebuild_tensor_v2'), of, integer(offset), sizes(shape), sizes(stride), constant(false), hooks);
}

/** A zip archive as PyTorch writes it since 1.6: `files` in a folder, not compressed. */
export async function zipFile(
  files: Readonly<Record<string, Uint8Array | readonly number[]>>,
  level = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { level, zip64: true, useWebWorkers: false, extendedTimestamp: false });
  for (const [name, bytes] of Object.entries(files)) await writer.add(`archive/${name}`, new Uint8ArrayReader(Uint8Array.from(bytes)));
  await writer.add('archive/version', new TextReader('3\n'));
  return await writer.close();
}

/** Tensors in float32, each on a storage of its own, as a zip archive. */
export function torchFile(
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = Object.entries(tensors);
  const described = entries.map(
    ([name, { shape, data }], index) => [text(name), tensor(storage({ key: String(index), length: data.length }), shape)] as const,
  );
  const contents = entries.map(([, { data }], index) => [`data/${index}`, bytesOf(data)] as const);
  return zipFile({ 'data.pkl': pickle(dictionary(...described)), ...Object.fromEntries(contents) });
}

/** The format before PyTorch 1.6. */
export function legacyFile(
  value: Pickled,
  storages: readonly { readonly key: string; readonly data: Float32Array }[],
): Uint8Array<ArrayBuffer> {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const machine = dictionary([text('protocol_version'), integer(1001)], [text('little_endian'), constant(true)]);
  const keys = list(...storages.map(({ key }) => text(key)));
  const contents = storages.flatMap(({ data }) => [...littleEndian(data.length, 4), 0, 0, 0, 0, ...bytesOf(data)]);
  return Uint8Array.from([...pickle(magic), ...pickle(integer(1001)), ...pickle(machine), ...pickle(value), ...pickle(keys), ...contents]);
}

/** The bytes of numbers. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((size, length) => size * length, 1));
}

function littleEndian(value: number, length: number): number[] {
  return Array.from({ length }, (_, index) => (value >>> (8 * index)) & 255);
}
