/** ONNX Runtime, which is there only if it was installed. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { oneLine, printable } from '../text.ts';
import { type InputFlags, inputsFor } from './inputs.ts';
import { readModel } from './model-files.ts';

/** Two models, open, and an input that both take. */
export interface Pair {
  readonly sessions: readonly [before: InferenceSession, after: InferenceSession];
  readonly inputs: Record<string, Tensor>;
}

/** Opens two models. Rejects with an error that names the one that cannot be opened. */
export async function openPair(before: string, after: string, flags: InputFlags & { readonly threads?: number }): Promise<Pair> {
  const ort = await runtime();
  const open = async (path: string): Promise<InferenceSession> => {
    await readModel(path); // says in one line what is wrong with a file, where the runtime has a page
    const intraOpNumThreads = flags.threads ?? 0;
    return await ort.InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads }).catch((error: unknown) => {
      throw new Error(`${printable(path)}: ONNX Runtime cannot open it: ${oneLine(error)}`, { cause: error });
    });
  };
  const sessions = [await open(before), await open(after)] as const;
  return { sessions, inputs: await inputsFor(sessions[0], flags, ort.Tensor) };
}

async function runtime() {
  try {
    return (await import('onnxruntime-node')).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('models are run by onnxruntime-node, which is not installed: npm install onnxruntime-node', { cause: error });
  }
}
