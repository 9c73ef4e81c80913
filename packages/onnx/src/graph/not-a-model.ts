/** Says why bytes are not a model: another kind of file, a truncated one, or a damaged one. */
import { ScalarType } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';

/**
 * Why `bytes`, which the decoder refuses, are not a model; `undefined` if they are fields of a
 * model, one of which has a content that is wrong.
 */
export function whyNotAModel(bytes: Uint8Array): string | undefined {
  const kind = KINDS.find(({ is }) => is(bytes));
  if (kind !== undefined) return `not an ONNX model: it is ${kind.words}`;
  for (let position = 0; position < bytes.length; ) {
    const tag = varintAt(bytes, position);
    if (tag === undefined) return truncated(bytes.length);
    const [field, wireType] = [Number(tag.value >> 3n), Number(tag.value & 7n)];
    const wanted = WIRE_TYPES.get(field);
    if (position === 0 && wanted !== wireType) return 'not an ONNX model: its content is not a ModelProto message';
    if (field === 0 || (wanted ?? wireType) !== wireType || !SKIPPED.has(wireType)) {
      return `not an ONNX model, or a damaged one: byte ${position} does not start a field of a ModelProto message`;
    }
    const end = endOf(bytes, tag.end, wireType);
    if (end === undefined || end > bytes.length) return truncated(bytes.length);
    position = end;
  }
  return undefined;
}

function truncated(length: number): string {
  return `not an ONNX model, or truncated: its ${length} bytes end within a field`;
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

/** Wire types that protocol buffers use today. */
const SKIPPED: ReadonlySet<number> = new Set([VARINT, FIXED64, BYTES, FIXED32] as number[]);

/** The wire types of a model's fields. */
const WIRE_TYPES: ReadonlyMap<number, number> = new Map(
  ModelProtoSchema.fields.map((field) => [field.number, field.fieldKind === 'scalar' && field.scalar === ScalarType.INT64 ? 0 : 2]),
);

/** Where the value of a field ends; `undefined` if the file ends before its length. */
function endOf(bytes: Uint8Array, start: number, wireType: number): number | undefined {
  if (wireType === FIXED64) return start + 8;
  if (wireType === FIXED32) return start + 4;
  const number = varintAt(bytes, start);
  if (number === undefined || wireType === VARINT) return number?.end;
  return number.end + Number(number.value);
}

/** A number of at most ten bytes; `undefined` if it does not end. */
function varintAt(bytes: Uint8Array, start: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  return undefined;
}

/** Files that are taken for ONNX models. */
const KINDS: readonly { readonly words: string; readonly is: (bytes: Uint8Array) => boolean }[] = [
  { words: 'an HDF5 file, such as an .h5 model of Keras', is: (bytes) => hasText(bytes, 1, 'HDF\r\n') },
  { words: 'a zip archive, such as a .pth file of PyTorch or a .keras model', is: (bytes) => hasText(bytes, 0, 'PK\x03\x04') },
  { words: 'a TensorFlow Lite model', is: (bytes) => hasText(bytes, 4, 'TFL3') },
  { words: 'an ORT file of ONNX Runtime; give the ONNX file that it was made from', is: (bytes) => hasText(bytes, 4, 'ORTM') },
  { words: 'compressed by gzip', is: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b },
  { words: 'a pointer to a file in Git LFS; fetch the file itself', is: (bytes) => hasText(bytes, 0, 'version https://git-lfs') },
  { words: 'a safetensors file', is: (bytes) => hasText(bytes, 8, '{"') && bytes[6] === 0 && bytes[7] === 0 },
  { words: 'HTML or XML', is: (bytes) => hasText(bytes, 0, '<') },
];

function hasText(bytes: Uint8Array, start: number, text: string): boolean {
  return Array.from(text).every((letter, i) => bytes[start + i] === letter.charCodeAt(0));
}
