/**
 * The safetensors format: 8 bytes with the length of the header, little-endian; the header, JSON, which says of each tensor its type, its shape and
 * where its bytes are; the bytes, which follow each other without holes. https://github.com/huggingface/safetensors#format
 */
import { bytesPerNumber, type DType, dtypeNames, isDType, toFloat32 } from './dtypes.ts';
import { isCount, isObject, type JsonObject, parseJson, shown } from './json.ts';
import { type ByteSource, readBytes, type StoredTensor, sizeOf, type TensorData, type TensorFile, WeightsError } from './tensor-file.ts';

/**
 * Tensors as a file in the format safetensors, in float32.
 *
 * @param tensors - The tensors by their names, written in this order.
 * @param metadata - Texts to keep with them.
 * @returns The whole file.
 * @throws RangeError or TypeError that names the tensor whose values do not fill its shape, or the name or text that cannot be written.
 * @example
 * ```ts
 * const file = encodeSafetensors({ 'fc.bias': { shape: [2], data: Float32Array.of(0.5, -1) } }, { epoch: '3' });
 * const { tensors, metadata } = await openWeights(new Blob([file]));
 * metadata; // { epoch: '3' }
 * await tensors.get('fc.bias')?.read(); // [0.5, -1]
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorData>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
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
 * Opens a file in the format safetensors. Only its header is read; each tensor is read when it is asked for, so a file may be larger than memory.
 *
 * @param source - The file: a `Blob`, or anything whose bytes can be read in parts.
 * @returns Its tensors and its metadata.
 * @throws WeightsError that says what is wrong with the file: a header that is too long, is no JSON or names a tensor twice, a type that is unknown,
 *   bytes that do not fill a shape, overlap, leave a hole or lie outside the file.
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

const METADATA = '__metadata__';

/** The reference implementation's limit, which keeps a hostile header from filling memory. */
const LONGEST_HEADER = 100_000_000;

function encodedHeader(entries: readonly (readonly [string, TensorData])[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const described = entries.map(([name, { shape, data }]) => {
    if (name === METADATA) throw new RangeError(`encodeSafetensors: no tensor can have the name ${METADATA}`);
    if (!(data instanceof Float32Array)) throw new TypeError(`encodeSafetensors: tensors[${shown(name)}].data must be a Float32Array`);
    if (!shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0) || sizeOf(shape) !== data.length) {
      throw new RangeError(`encodeSafetensors: tensors[${shown(name)}] has ${data.length} values, but the shape [${shape.join(', ')}]`);
    }
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string')
      throw new TypeError(`encodeSafetensors: metadata[${shown(key)}] must be a string, received ${String(text)}`);
  }
  const said = Object.keys(metadata).length > 0 ? [[METADATA, metadata] as const] : [];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...said, ...described])));
  const padded = new Uint8Array(8 * Math.ceil(json.length / 8)).fill(0x20); // so that the numbers behind it are aligned
  padded.set(json);
  return padded;
}

async function headerLength(source: ByteSource): Promise<number> {
  if (source.size < 8) throw new WeightsError(`no safetensors file: it has ${source.size} bytes, and the header's length alone takes 8`);
  const length = new DataView((await readBytes(source, 0, 8)).buffer).getBigUint64(0, true);
  if (length > LONGEST_HEADER)
    throw new WeightsError(`no safetensors file: its header would have ${length} bytes, more than ${LONGEST_HEADER}`);
  if (Number(length) <= source.size - 8) return Number(length);
  throw new WeightsError(`the safetensors file is truncated: its header has ${length} bytes, but the file only ${source.size}`);
}

function parsedHeader(bytes: Uint8Array): JsonObject {
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new WeightsError(`the safetensors file's header cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
  if (isObject(header)) return header;
  throw new WeightsError(`the safetensors file's header is ${shown(header)}, which is no object`);
}

interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** From where to where its bytes are, behind the header. */
  readonly start: number;
  readonly end: number;
}

function placeOf(name: string, entry: unknown): Place {
  const wrong = (what: string): WeightsError => new WeightsError(`the safetensors file's tensor ${shown(name)} ${what}`);
  if (!isObject(entry)) throw wrong(`is described by ${shown(entry)}, which is no object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDType(dtype)) throw wrong(`has the type ${shown(dtype)}; what can be read is ${dtypeNames()}`);
  if (!isCounts(shape)) throw wrong(`has the shape ${shown(shape)}, which is no list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2) throw wrong(`has the data_offsets ${shown(offsets)}, which are not two positions`);
  const [start, end] = offsets as [number, number];
  const bytes = sizeOf(shape) * bytesPerNumber(dtype);
  if (end - start !== bytes) throw wrong(`has ${end - start} bytes, but ${dtype} [${shape.join(', ')}] takes ${bytes}`);
  return { name, dtype, shape, start, end };
}

/** The tensors must fill what is behind the header, each byte once. */
function checkTiling(places: readonly Place[], length: number): void {
  let end = 0;
  for (const place of places.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (place.start !== end) {
      const what = place.start < end ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw new WeightsError(`the safetensors file's tensor ${shown(place.name)} ${what}: it starts at ${place.start}, not ${end}`);
    }
    end = place.end;
    if (end > length) {
      const what = `its tensor ${shown(place.name)} ends at ${end}, but there are ${length} bytes`;
      throw new WeightsError(`the safetensors file is truncated: ${what}`);
    }
  }
  if (end !== length) throw new WeightsError(`the safetensors file has ${length - end} bytes behind its last tensor`);
}

function storedTensor({ dtype, shape, start, end }: Place, source: ByteSource, origin: number): StoredTensor {
  return { dtype, shape, read: async () => toFloat32(await readBytes(source, origin + start, end - start), dtype) };
}

function checkedMetadata(metadata: unknown): Record<string, string> {
  if (isObject(metadata) && Object.values(metadata).every((text) => typeof text === 'string')) return metadata as Record<string, string>;
  throw new WeightsError(`the safetensors file's ${METADATA} is not an object of texts`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
