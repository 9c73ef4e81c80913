/** Detects by its content what kind of model a path leads to. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readingError } from '../files/errors.ts';
import { readText, statPath } from '../files/read-file.ts';
import { printable } from '../text.ts';

/** What the commands that take a model accept. */
export const MODEL_ARGUMENT =
  'an ONNX file, a TensorFlow.js model.json or its folder, the folder of a Hugging Face model, or that of a run of softpool train';

/** A model and its kind. */
export interface DetectedModel {
  /**
   * An ONNX file, the model.json of a TensorFlow.js model, the folder of a Hugging Face model, or
   * that of a run of `softpool train`.
   */
  readonly kind: 'onnx' | 'tensorflow' | 'huggingFace' | 'run';
  /** The path of the ONNX file, of the model.json, or of the folder. */
  readonly path: string;
  /** The path as it was given, which may be the folder of the model.json. */
  readonly given: string;
}

/**
 * Detects the kind of a model by its content. The path may be that of the folder of a model.json.
 */
export async function detectModel(path: string): Promise<DetectedModel> {
  const info = await statPath(path);
  if (info.isFile()) return { kind: (await startsAsJson(path)) ? 'tensorflow' : 'onnx', path, given: path };
  if (!info.isDirectory()) throw new Error(`${printable(path)} is a device or a pipe, not the file of a model`);
  const modelJson = join(path, 'model.json');
  if (await exists(modelJson)) return { kind: 'tensorflow', path: modelJson, given: path };
  if (await exists(join(path, 'config.json'))) return { kind: (await isHuggingFace(path)) ? 'huggingFace' : 'run', path, given: path };
  throw new Error(
    `${printable(path)} is a folder without a model: it has neither the model.json of TensorFlow.js nor the config.json of a run or of a Hugging Face model`,
  );
}

/** Whether a folder with a config.json is that of a Hugging Face model. A run says what it is. */
async function isHuggingFace(folder: string): Promise<boolean> {
  const config: unknown = parsed(await readText(join(folder, 'config.json')));
  if (typeof config !== 'object' || config === null || ('format' in config && config.format === 'softpool-run')) return false;
  return 'model_type' in config || 'architectures' in config || (await exists(join(folder, 'onnx')));
}

/** JSON, or `undefined`: whoever reads the file as a run says what is wrong. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether two models can be compared: both are ONNX, or both are TensorFlow.js models, saved or in
 * runs.
 */
export function isSameRuntime(a: DetectedModel, b: DetectedModel): boolean {
  return (a.kind === 'onnx') === (b.kind === 'onnx');
}

/** The kind in words, as in `model.onnx is an ONNX model`. */
export function kindInWords({ kind, given }: DetectedModel): string {
  const words = {
    onnx: 'an ONNX model',
    tensorflow: 'a TensorFlow.js model',
    huggingFace: 'the folder of a Hugging Face model',
    run: 'a run of softpool train',
  }[kind];
  return `${printable(given)} is ${words}`;
}

/**
 * JSON starts with a brace or a bracket. An ONNX file cannot: as tags of protocol buffers both are
 * invalid there.
 */
async function startsAsJson(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
      return /^\uFEFF?\s*[{[]/.test(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readingError(path, error);
  }
}

function exists(path: string): Promise<boolean> {
  return statPath(path).then(
    () => true,
    () => false,
  );
}
