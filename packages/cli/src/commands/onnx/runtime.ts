/** ONNX Runtime, which is there only if it was installed. */
import type { InferenceSession } from 'onnxruntime-node';
import { requirePackages } from '../../shared/packages.ts';
import { oneLine, printable } from '../../shared/text.ts';
import { type Feed, type Feeds, feedsFor, type InputFlags } from './feeds.ts';
import { readModel } from './model-files.ts';

/** Two models, open, and what both are run on. */
export interface Pair {
  readonly models: readonly [before: OpenModel, after: OpenModel];
  readonly feeds: Feeds;
}

/** Runs a model. Rejects with an error that names it. */
type OpenModel = (feed: Feed) => Promise<InferenceSession.ReturnType>;

/** Opens two models. Rejects with an error that names the one that cannot be opened. */
export async function openPair(before: string, after: string, flags: InputFlags & { readonly threads?: number }): Promise<Pair> {
  requirePackages('this command', ['onnxruntime-node']);
  const { default: ort } = await import('onnxruntime-node');
  const open = async (path: string): Promise<InferenceSession> => {
    await readModel(path); // says in one line what is wrong with a file, where the runtime has a page
    const intraOpNumThreads = flags.threads ?? 0;
    return await ort.InferenceSession.create(path, { logSeverityLevel: 4, intraOpNumThreads }).catch((error: unknown) => {
      throw new Error(`${printable(path)}: ONNX Runtime cannot open it: ${oneLine(error)}`, { cause: error });
    });
  };
  const model = (path: string, session: InferenceSession): OpenModel => {
    return (feed) =>
      session.run(feed).catch((error: unknown) => {
        throw new Error(`${printable(path)}: ONNX Runtime cannot run it: ${oneLine(error)}`, { cause: error });
      });
  };
  const sessions = [await open(before), await open(after)] as const;
  const feeds = await feedsFor(sessions[0], flags, ort.Tensor);
  return { models: [model(before, sessions[0]), model(after, sessions[1])], feeds };
}
