/** Folders of Hugging Face models that tests make, as transformers.js reads them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, OperatorSetIdProtoSchema, type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { encodeFloat16 } from 'softpool/internal';
import { floats, type Node, type NodeList, nodeList, onnxModel, TYPES } from './onnx-models.ts';

/** The network of {@link writeImageModel}: a convolution, max pooling, and a linear classifier. */
export const IMAGE_NETWORK = {
  channels: 8,
  labels: ['cat', 'dog', 'fish'],
  /** `[8, 3, 3, 3]`, stride 2, padding 1. */
  kernel: wave(8 * 3 * 3 * 3, 0.4),
  /** `[8, 3]`; quarters of whole numbers from −8 to 7, so that 4 bits hold them exactly. */
  classifier: Array.from({ length: 8 * 3 }, (_, i) => (((i * 7) % 16) - 8) / 4),
} as const;

/** Files of a folder, by their paths. */
type Files = Readonly<Record<string, string | Uint8Array>>;

/**
 * Writes a ResNet-like model for pictures of 28×28 with the variants `model.onnx`, `_fp16` with
 * external data, `_quantized` (dynamic, 8 bits) and `_q4`.
 */
export async function writeImageModel(folder: string): Promise<void> {
  const data = Uint16Array.from(IMAGE_NETWORK.kernel, encodeFloat16);
  await writeFiles(folder, {
    'config.json': JSON.stringify({
      architectures: ['ResNetForImageClassification'],
      model_type: 'resnet',
      id2label: { ...IMAGE_NETWORK.labels },
      label2id: Object.fromEntries(IMAGE_NETWORK.labels.map((label, i) => [label, i])),
      'transformers.js_config': { use_external_data_format: { 'model_fp16.onnx': 1 } },
    }),
    'preprocessor_config.json': JSON.stringify({
      crop_pct: 0.875,
      do_normalize: true,
      do_resize: true,
      feature_extractor_type: 'ConvNextFeatureExtractor',
      image_mean: [0.485, 0.456, 0.406],
      image_std: [0.229, 0.224, 0.225],
      resample: 3,
      size: { shortest_edge: 28 },
    }),
    'README.md': '# A tiny network\n',
    'onnx/model.onnx': imageModel('float32'),
    'onnx/model_fp16.onnx': imageModel('float16'),
    'onnx/model_fp16.onnx_data': new Uint8Array(data.buffer),
    'onnx/model_quantized.onnx': imageModel('int8'),
    'onnx/model_q4.onnx': imageModel('int4'),
  });
}

/** The words that the tokenizer of {@link writeTextModel} knows, after its special tokens. */
const WORDS = ['a', 'short', 'sentence', 'with', 'few', 'more', 'words', '.'];
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

/** Writes a model of texts, whose hidden states are `dimensions` numbers for each token. */
export async function writeTextModel(folder: string, dimensions = 4): Promise<void> {
  const tokens = [...SPECIAL, ...WORDS];
  const table = floats('table', [tokens.length, dimensions], wave(tokens.length * dimensions, 1));
  const { nodes, op } = nodeList();
  op('Gather', ['table', 'input_ids'], {}, 'last_hidden_state');
  const special = (id: number): object => ({
    id,
    content: SPECIAL[id],
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  const template = (ids: readonly string[]): object[] =>
    ids.map((id) => (id === 'A' ? { Sequence: { id, type_id: 0 } } : { SpecialToken: { id, type_id: 0 } }));
  await writeFiles(folder, {
    'config.json': JSON.stringify({ architectures: ['BertModel'], model_type: 'bert', hidden_size: dimensions }),
    'tokenizer_config.json': JSON.stringify({
      tokenizer_class: 'BertTokenizer',
      model_max_length: 512,
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
    }),
    'tokenizer.json': JSON.stringify({
      version: '1.0',
      added_tokens: SPECIAL.map((_, id) => special(id)),
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: template(['[CLS]', 'A', '[SEP]']),
        pair: template(['[CLS]', 'A', '[SEP]']),
        special_tokens: Object.fromEntries(['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [SPECIAL.indexOf(id)], tokens: [id] }])),
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      },
    }),
    'onnx/model.onnx': onnxModel({
      inputs: [{ name: 'input_ids', type: 'int64', shape: ['batch_size', 'sequence_length'] }],
      outputs: [{ name: 'last_hidden_state', type: 'float32', shape: ['batch_size', 'sequence_length', dimensions] }],
      nodes,
      initializers: [table],
    }),
  });
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

type Variant = 'float32' | 'float16' | 'int8' | 'int4';

/** Convolution, ReLU, max pooling 3×3/2, the mean, and a classifier without bias. */
function imageModel(variant: Variant): Uint8Array {
  const { channels, labels, classifier } = IMAGE_NETWORK;
  const { nodes, initializers, op } = nodeList();
  const activated = op('Relu', [convolved(variant, nodes, initializers, op)]);
  const pooled = op('MaxPool', [activated], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, 'pool');
  const averaged = op('GlobalAveragePool', [pooled], {}, 'mean');
  const features = op('Flatten', [variant === 'float16' ? op('Cast', [averaged], { to: TYPES.float32 }) : averaged]);
  if (variant === 'int4') {
    initializers.push(...fourBits(classifier, channels, labels.length));
    op('MatMulNBits', [features, 'classifier', 'scales'], { K: channels, N: labels.length, bits: 4, block_size: BLOCK }, 'logits');
  } else {
    initializers.push(floats('classifier', [channels, labels.length], classifier));
    op('MatMul', [features, 'classifier'], {}, 'logits');
  }
  return withContribOperators(
    onnxModel({
      inputs: [{ name: 'pixel_values', type: 'float32', shape: ['batch_size', 3, 'height', 'width'] }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['batch_size', labels.length] }],
      nodes,
      initializers,
    }),
  );
}

/** The convolution in the numbers of a variant. Returns the name of its output. */
function convolved(variant: Variant, nodes: Node[], initializers: TensorProto[], op: NodeList['op']): string {
  const { channels, kernel } = IMAGE_NETWORK;
  const shape = [channels, 3, 3, 3];
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
  if (variant === 'float16') {
    const dims = shape.map(BigInt);
    const externalData = Object.entries({ location: 'model_fp16.onnx_data', length: `${2 * kernel.length}` }).map(([key, value]) => ({
      key,
      value,
    }));
    initializers.push(
      create(TensorProtoSchema, {
        name: 'kernel',
        dataType: TYPES.float16,
        dims,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData,
      }),
    );
    return op('Conv', [op('Cast', ['pixel_values'], { to: TYPES.float16 }), 'kernel'], attributes);
  }
  if (variant !== 'int8') {
    initializers.push(floats('kernel', shape, kernel));
    return op('Conv', ['pixel_values', 'kernel'], attributes);
  }
  const scale = Math.max(...kernel.map(Math.abs)) / 127;
  initializers.push(
    bytes(
      'kernel',
      shape,
      kernel.map((value) => Math.round(value / scale) + 128),
    ),
    bytes('zero', [], [128]),
  );
  nodes.push({ op: 'DynamicQuantizeLinear', inputs: ['pixel_values'], outputs: ['quantized', 'step', 'origin'] });
  const product = op('Cast', [op('ConvInteger', ['quantized', 'kernel', 'origin', 'zero'], attributes)], { to: TYPES.float32 });
  return op('Mul', [op('Mul', [product, 'step']), scale]);
}

const BLOCK = 16;

/** A matrix for MatMulNBits: for each column a block of 4-bit numbers, and their step. */
function fourBits(values: readonly number[], rows: number, columns: number): TensorProto[] {
  const packed = Array.from({ length: columns * (BLOCK / 2) }, (_, at) => {
    const [column, byte] = [Math.floor(at / (BLOCK / 2)), at % (BLOCK / 2)];
    const digit = (row: number): number => (row < rows ? 4 * (values[row * columns + column] as number) : 0) + 8;
    return digit(2 * byte) + 16 * digit(2 * byte + 1);
  });
  return [bytes('classifier', [columns, 1, BLOCK / 2], packed), floats('scales', [columns], new Array(columns).fill(1 / 4))];
}

function bytes(name: string, shape: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TYPES.uint8, dims: shape.map(BigInt), rawData: Uint8Array.from(values) });
}

/** The model with MatMulNBits in the domain of ONNX Runtime's own operators. */
function withContribOperators(bytesOfModel: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytesOfModel);
  for (const node of model.graph?.node ?? []) if (node.opType === 'MatMulNBits') node.domain = 'com.microsoft';
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n }));
  return toBinary(ModelProtoSchema, model);
}

/** Numbers between −size and size without a pattern. */
function wave(length: number, size: number): number[] {
  return Array.from({ length }, (_, i) => size * Math.sin(1 + i * i * 0.7));
}
