/** Tensors in files: a `TensorProto` (`.pb`), as in ONNX's own tests, or bare float32 numbers. */
import { extname } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { elementsOf, type TensorType, type TensorValue } from '@softpool/onnx/internal';
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { product } from 'softpool/internal';
import { readBytes } from '../files/read-file.ts';
import { oneLine, printable } from '../text.ts';

/** Reads a tensor for an input of this type and shape. A `.pb` has its own shape. */
export async function readTensor(path: string, type: TensorType, shape: readonly number[]): Promise<TensorValue> {
  const bytes = await readBytes(path);
  if (extname(path).toLowerCase() === '.pb') return fromProto(path, bytes, type);
  const length = product(shape);
  if (bytes.length !== 4 * length) {
    throw new Error(`${printable(path)} has ${bytes.length} bytes, but the input takes ${4 * length}; give its --input-size`);
  }
  return { type, data: elementsOf(type, new Float32Array(new Uint8Array(bytes).buffer)), shape };
}

function fromProto(path: string, bytes: Uint8Array, wanted: TensorType): TensorValue {
  let tensor: TensorProto;
  try {
    tensor = fromBinary(TensorProtoSchema, bytes);
  } catch (error) {
    throw new Error(`${printable(path)} is not a TensorProto, or is truncated: ${oneLine(error)}`, { cause: error });
  }
  const stored = STORED.get(tensor.dataType);
  if (stored?.type !== wanted) {
    const held = stored?.type ?? (TensorProto_DataType[tensor.dataType] ?? `type ${tensor.dataType}`).toLowerCase();
    throw new Error(`${printable(path)} has a tensor of ${held}, but the input takes ${wanted}`);
  }
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) throw new Error(`${printable(path)} has its numbers in another file`);
  const shape = tensor.dims.map(Number);
  if (shape.some((size) => size < 0)) throw new Error(`${printable(path)} has the shape ${shape.join(' × ')}, with a negative size`);
  const length = product(shape);
  // A copy, because raw data may start at any byte and a typed array may not.
  const data = tensor.rawData.length > 0 ? stored.raw(Uint8Array.from(tensor.rawData).buffer) : stored.fields(tensor);
  if (data.length === length) return { type: wanted, data, shape };
  throw new Error(`${printable(path)} has ${data.length} numbers, but its shape ${shape.join(' × ')} takes ${length}`);
}

interface Stored {
  readonly type: TensorType;
  /** The elements in bytes, little-endian. */
  readonly raw: (bytes: ArrayBuffer) => Elements;
  /** The elements in fields of the message. */
  readonly fields: (tensor: TensorProto) => Elements;
}

type Elements = Exclude<TensorValue['data'], string[]>;

const { FLOAT, DOUBLE, FLOAT16, INT64, INT32, UINT8, INT8, BOOL } = TensorProto_DataType;

/**
 * How each type is stored: float16 bits, bytes and booleans are in the field of 32-bit integers.
 */
const STORED: ReadonlyMap<TensorProto_DataType, Stored> = new Map([
  [FLOAT, { type: 'float32', raw: whole(Float32Array), fields: ({ floatData }) => Float32Array.from(floatData) }],
  [DOUBLE, { type: 'float64', raw: whole(Float64Array), fields: ({ doubleData }) => Float64Array.from(doubleData) }],
  [FLOAT16, { type: 'float16', raw: whole(Uint16Array), fields: ({ int32Data }) => Uint16Array.from(int32Data) }],
  [INT64, { type: 'int64', raw: whole(BigInt64Array), fields: ({ int64Data }) => BigInt64Array.from(int64Data) }],
  [INT32, { type: 'int32', raw: whole(Int32Array), fields: ({ int32Data }) => Int32Array.from(int32Data) }],
  [UINT8, { type: 'uint8', raw: whole(Uint8Array), fields: ({ int32Data }) => Uint8Array.from(int32Data) }],
  [INT8, { type: 'int8', raw: whole(Int8Array), fields: ({ int32Data }) => Int8Array.from(int32Data) }],
  [BOOL, { type: 'bool', raw: whole(Uint8Array), fields: ({ int32Data }) => Uint8Array.from(int32Data) }],
]);

/** All complete elements; their number shows whether some are cut off. */
function whole<E extends Elements>(Constructor: {
  new (bytes: ArrayBuffer, offset: number, length: number): E;
  readonly BYTES_PER_ELEMENT: number;
}): (bytes: ArrayBuffer) => E {
  return (bytes) => new Constructor(bytes, 0, Math.floor(bytes.byteLength / Constructor.BYTES_PER_ELEMENT));
}
