/** A session of ONNX Runtime on a thread of its own, so that this one can decode images. */
import { Worker } from 'node:worker_threads';
import type { TensorType } from '@softpool/onnx/internal';
import type { InferenceSession } from 'onnxruntime-node';

/** What the thread opens. */
export interface SessionSettings {
  /** The path of an ONNX file, or its bytes. */
  readonly model: string | Uint8Array;
  /** Threads of ONNX Runtime; 0: as many as the processor has cores. */
  readonly threads: number;
}

/** The inputs and outputs of an opened model. */
export interface OpenedSession {
  readonly inputs: InferenceSession['inputMetadata'];
  readonly outputs: InferenceSession['outputMetadata'];
}

/** A run for one output. */
export interface SessionRequest {
  readonly input: string;
  readonly output: string;
  /** The type of the input. */
  readonly type: TensorType;
  readonly values: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/** The output of a run as float32. */
interface SessionOutput {
  readonly values: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/** What the thread answers: after it has opened the model, and then to each request in order. */
export type SessionReply = { readonly opened: OpenedSession } | { readonly error: string } | SessionOutput;

/** A session on its own thread. */
export interface SessionThread extends OpenedSession {
  /** Runs the model; several calls wait for each other. `values` belong to the session. */
  run(request: SessionRequest): Promise<SessionOutput>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/** Opens a model. Rejects with ONNX Runtime's reason in one line. */
export async function openSession(settings: SessionSettings): Promise<SessionThread> {
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), { workerData: settings });
  const waiting: ((reply: SessionReply) => void)[] = [];
  let failure: SessionReply | undefined;
  const reply = async (): Promise<SessionReply> => {
    return failure === undefined ? new Promise((resolve) => waiting.push(resolve)) : failure;
  };
  worker.on('message', (message: SessionReply) => waiting.shift()?.(message));
  const fail = (error: string): void => {
    failure ??= { error };
    for (const resolve of waiting.splice(0)) resolve(failure);
  };
  worker.on('error', ({ message }) => fail(message));
  worker.on('exit', () => fail('its thread has ended'));
  const close = async (): Promise<void> => void (await worker.terminate());
  const first = await reply();
  if (!('opened' in first)) {
    await close();
    throw new Error('error' in first ? first.error : 'unexpected answer');
  }
  return {
    ...first.opened,
    async run(request) {
      const answer = reply();
      worker.postMessage(request, [request.values.buffer]);
      const output = await answer;
      if ('values' in output) return output;
      throw new Error('error' in output ? output.error : 'unexpected answer');
    },
    close,
  };
}
