/**
 * The safetensors format: the header's length as 8 little-endian bytes; the header as JSON with
 * type, shape and position of each tensor; the tensors' bytes without gaps.
 * https://github.com/huggingface/safetensors#format
 */
import { arrayName, describe, rangeError, typeError } from 'softpool/internal';
import { bytesPerNumber, type DType, dtypeNames, isDType, toFloat32 } from './dtypes.ts';
import { isCount, isObject, type JsonObject, parseJson } from './json.ts';
import { type ByteSource, readBytes, type StoredTensor, sizeOf, type TensorData, type TensorFile, WeightsError } from './tensor-file.ts';

/**
 * Encodes tensors as a safetensors file in float32.
 *
 * @param tensors - The tensors by name, written in this order.
 * @param metadata - Strings to store with them.
 * @returns The whole file.
 * @throws RangeError or TypeError naming the tensor whose values do not fit its shape, or the name
 *   or metadata that cannot be written; TypeError for tensors or metadata in a Map.
 * @example
 * ```ts
 * const bias = { shape: [2], data: Float32Array.of(0.5, -1) };
 * const file = encodeSafetensors({ 'fc.bias': bias }, { epoch: '3' });
 * const { tensors, metadata } = await openWeights(new Blob([file]));
 * metadata; // { epoch: '3' }
 * await tensors.get('fc.bias')?.read(); // [0.5, -1]
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorData>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  checkPlain('tensors', tensors);
  checkPlain('metadata', metadata);
  const entries = Object.entries(tensors);
  const header = encodedHeader(entries, metadata);
  const length = entries.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const file = new Uint8Array(8 + header.length + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let end = 8 + header.length;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), end);
    end += data.byteLength;
  }
  return file;
}

/**
 * Opens a safetensors file. Only the header is read at once; tensors are read on demand, so a file
 * may be larger than memory.
 *
 * @param source - The file.
 * @returns Its tensors and metadata.
 * @throws WeightsError that says what is wrong with the file: a header that is too long, invalid
 *   JSON or has a name twice, an unknown type, or bytes that do not fit a shape, overlap, leave a
 *   gap or lie outside the file.
 */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  const length = await headerLength(source);
  const header = parsedHeader(await readBytes(source, 8, length));
  const { [METADATA]: metadata = {}, ...entries } = header;
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry));
  checkTiling(places, source.size - 8 - length);
  const tensors = places.map((place) => [place.name, storedTensor(place, source, 8 + length)] as const);
  return { tensors: new Map(tensors), metadata: checkedMetadata(metadata) };
}

/** Refuses what would be written as empty, such as a Map. */
function checkPlain(option: string, value: unknown): void {
  const isMap = Object.prototype.toString.call(value) === '[object Map]';
  const hint = isMap ? `; give Object.fromEntries(${option})` : '';
  if (!isPlainObject(value)) throw typeError('encodeSafetensors', option, 'a plain object', value, hint);
}

/** Whether an object is not of a class; also an object of another realm. */
function isPlainObject(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const METADATA = '__metadata__';

/** The reference implementation's limit, so that a hostile header cannot fill memory. */
const LONGEST_HEADER = 100_000_000;

function encodedHeader(entries: readonly (readonly [string, TensorData])[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const described = entries.map(([name, { shape, data }]) => {
    if (name === METADATA) throw new RangeError(`encodeSafetensors: ${METADATA} is reserved and cannot name a tensor`);
    if (arrayName(data) !== 'Float32Array') throw typeError('encodeSafetensors', `tensors[${describe(name)}].data`, 'a Float32Array', data);
    if (!shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0) || sizeOf(shape) !== data.length) {
      throw rangeError('encodeSafetensors', `tensors[${describe(name)}].shape`, `a shape of ${data.length} values`, shape);
    }
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string') throw typeError('encodeSafetensors', `metadata[${describe(key)}]`, 'a string', text);
  }
  const said = Object.keys(metadata).length > 0 ? [[METADATA, metadata] as const] : [];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...said, ...described])));
  const padded = new Uint8Array(8 * Math.ceil(json.length / 8)).fill(0x20); // aligns the tensors
  padded.set(json);
  return padded;
}

async function headerLength(source: ByteSource): Promise<number> {
  if (source.size < 8)
    throw new WeightsError(`not a safetensors file: it has ${source.size} bytes, fewer than the 8 of the header's length`);
  const length = new DataView((await readBytes(source, 0, 8)).buffer).getBigUint64(0, true);
  if (length > LONGEST_HEADER)
    throw new WeightsError(`not a safetensors file: its header would have ${length} bytes, more than ${LONGEST_HEADER}`);
  if (Number(length) <= source.size - 8) return Number(length);
  throw new WeightsError(`the safetensors file is truncated: its header has ${length} bytes, but the file has ${source.size}`);
}

function parsedHeader(bytes: Uint8Array): JsonObject {
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new WeightsError(`the safetensors file's header is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
  if (isObject(header)) return header;
  throw new WeightsError(`the safetensors file's header must be an object, received ${describe(header)}`);
}

interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Range of its bytes after the header. */
  readonly start: number;
  readonly end: number;
}

function placeOf(name: string, entry: unknown): Place {
  const wrong = (what: string): WeightsError => new WeightsError(`the safetensors file's tensor ${describe(name)} ${what}`);
  if (!isObject(entry)) throw wrong(`must be described by an object, received ${describe(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDType(dtype)) throw wrong(`has the unknown type ${describe(dtype)}; supported are ${dtypeNames()}`);
  if (!isCounts(shape)) throw wrong(`has the invalid shape ${describe(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) throw wrong(`has the invalid data_offsets ${describe(offsets)}`);
  const [start, end] = offsets as [number, number];
  const bytes = sizeOf(shape) * bytesPerNumber(dtype);
  if (end - start !== bytes) throw wrong(`has ${end - start} bytes, but ${dtype} [${shape.join(', ')}] needs ${bytes}`);
  return { name, dtype, shape, start, end };
}

/** Throws unless the tensors cover each byte after the header once. */
function checkTiling(places: readonly Place[], length: number): void {
  let end = 0;
  for (const place of places.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (place.start !== end) {
      const what = place.start < end ? 'overlaps the previous one' : 'leaves a gap before it';
      throw new WeightsError(`the safetensors file's tensor ${describe(place.name)} ${what}: it starts at ${place.start}, not ${end}`);
    }
    end = place.end;
    if (end > length) {
      const what = `its tensor ${describe(place.name)} ends at ${end} of ${length} bytes`;
      throw new WeightsError(`the safetensors file is truncated: ${what}`);
    }
  }
  if (end !== length) throw new WeightsError(`the safetensors file has ${length - end} extra bytes after its last tensor`);
}

function storedTensor({ dtype, shape, start, end }: Place, source: ByteSource, origin: number): StoredTensor {
  return { dtype, shape, read: async () => toFloat32(await readBytes(source, origin + start, end - start), dtype) };
}

function checkedMetadata(metadata: unknown): Record<string, string> {
  if (isObject(metadata) && Object.values(metadata).every((text) => typeof text === 'string')) return metadata as Record<string, string>;
  throw new WeightsError(`the safetensors file's ${METADATA} must be an object of strings`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
