/** The numbers of a constant tensor, of the types that exporters write as constants. */
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType } from 'onnx-buf';
import { decodeFloat16, product } from 'softpool/internal';

/** The most elements that are read. */
const MOST_ELEMENTS = 2 ** 20;

/** An array of numbers. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The numbers; `undefined` if they are in another file, of another type, or too many. */
export function numbersOf(tensor: TensorProto): Numbers | undefined {
  const shape = tensor.dims.map(Number);
  const length = product(shape);
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL || length > MOST_ELEMENTS) return undefined;
  const data = tensor.rawData.length > 0 || length === 0 ? rawNumbers(tensor) : listedNumbers(tensor);
  return data?.length === length ? { shape, data } : undefined;
}

const { FLOAT, FLOAT16, DOUBLE, INT32, INT64, BOOL } = TensorProto_DataType;

/** Raw data is little-endian, whatever the machine is. */
function rawNumbers({ dataType, rawData }: TensorProto): number[] | undefined {
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const each = (bytes: number, read: (position: number) => number): number[] =>
    Array.from({ length: Math.floor(rawData.length / bytes) }, (_, i) => read(i * bytes));
  if (dataType === FLOAT) return each(4, (at) => view.getFloat32(at, true));
  if (dataType === DOUBLE) return each(8, (at) => view.getFloat64(at, true));
  if (dataType === FLOAT16) return each(2, (at) => decodeFloat16(view.getUint16(at, true)));
  if (dataType === INT64) return each(8, (at) => Number(view.getBigInt64(at, true)));
  if (dataType === INT32) return each(4, (at) => view.getInt32(at, true));
  return dataType === BOOL ? each(1, (at) => view.getUint8(at)) : undefined;
}

function listedNumbers({ dataType, floatData, doubleData, int32Data, int64Data }: TensorProto): number[] | undefined {
  if (dataType === FLOAT) return floatData;
  if (dataType === DOUBLE) return doubleData;
  if (dataType === FLOAT16) return int32Data.map(decodeFloat16);
  if (dataType === INT64) return int64Data.map(Number);
  return dataType === INT32 || dataType === BOOL ? int32Data : undefined;
}
