/**
 * The thread on which an ONNX model runs. `session.run` of onnxruntime-node blocks its thread, so
 * that images could not be decoded meanwhile.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { elementsOf, numbersOf } from '@softpool/onnx/internal';
import ort from 'onnxruntime-node';
import { oneLine } from '../text.ts';
import type { OpenedSession, SessionReply, SessionRequest, SessionSettings } from './session-thread.ts';

const { model, threads } = workerData as SessionSettings;

const answer = (reply: SessionReply, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(reply, transfer);

try {
  const session = await open();
  const { inputMetadata, outputMetadata } = session;
  answer({ opened: { inputs: inputMetadata, outputs: outputMetadata } satisfies OpenedSession });
  let last = Promise.resolve();
  parentPort?.on('message', (request: SessionRequest) => {
    last = last.then(() => run(session, request));
  });
} catch (error) {
  answer({ error: oneLine(error) });
}

async function open(): Promise<ort.InferenceSession> {
  const options = {
    logSeverityLevel: 4,
    intraOpNumThreads: threads,
    // Threads that wait leave their cores to the decoding of images.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  } as const;
  return typeof model === 'string' ? await ort.InferenceSession.create(model, options) : await ort.InferenceSession.create(model, options);
}

async function run(session: ort.InferenceSession, { input, output, type, values, shape }: SessionRequest): Promise<void> {
  try {
    const tensor = new ort.Tensor(type as 'float32', elementsOf(type, values) as Float32Array, shape);
    const result = (await session.run({ [input]: tensor }, [output]))[output] as ort.Tensor;
    const numbers = Float32Array.from(numbersOf(result) ?? []);
    answer({ values: numbers, shape: result.dims }, [numbers.buffer]);
  } catch (error) {
    answer({ error: oneLine(error) });
  }
}
