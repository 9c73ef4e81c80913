/** What computes a network of TensorFlow.js: ONNX Runtime where that is possible. */
import { availableParallelism } from 'node:os';
import type { BackendName, Classifier } from '@softpool/training/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { problem } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { onnxClassifier, openClassifier } from '../../shared/inference/onnx-classifier.ts';
import { exportOnnx } from '../../shared/models/export-onnx.ts';
import { isInstalled, requirePackages } from '../../shared/packages.ts';
import { plural } from '../../shared/text.ts';
import type { EvalFlags } from './subject.ts';

type RuntimeFlags = Pick<EvalFlags, 'runtime' | 'backend' | 'threads'>;

/** A network as it is computed. */
export interface ComputedNetwork {
  readonly model: LayersModel | Classifier;
  readonly runtime: 'onnx' | 'tfjs';
  /** What computes it, in words. */
  readonly backend: string;
  /** Why it is not ONNX Runtime, if that would be the default. */
  readonly fallback: string | undefined;
  close(): Promise<void>;
}

/** Threads of ONNX Runtime. */
export function runtimeThreads({ threads }: RuntimeFlags): number {
  return threads ?? availableParallelism();
}

/** ONNX Runtime and its threads. */
export function onnxRuntimeInWords(threads: number): string {
  return `ONNX Runtime (cpu, ${plural(threads, 'thread')})`;
}

/**
 * Starts the backend of TensorFlow.js that creates networks. Resolves to the function that opens a
 * network where it is computed.
 */
export async function startRuntime(given: RuntimeFlags, backend: BackendName): Promise<(model: LayersModel) => Promise<ComputedNetwork>> {
  const { openBackend } = await import('@softpool/training/node');
  const choice = chooseRuntime(given);
  const onTensorFlow = async (model: LayersModel, fallback?: string): Promise<ComputedNetwork> => {
    return { model, runtime: 'tfjs', backend: await openBackend(backend), fallback, close: async () => {} };
  };
  // ONNX Runtime gets the weights from TensorFlow.js.
  await openBackend(choice.runtime === 'tfjs' ? backend : 'wasm');
  if (choice.runtime === 'tfjs') return (model) => onTensorFlow(model, choice.fallback);
  return async (model) => {
    try {
      return await onOnnxRuntime(model, runtimeThreads(given));
    } catch (error) {
      if (choice.isRequired) throw error;
      return await onTensorFlow(model, problem(error));
    }
  };
}

type Choice =
  | { readonly runtime: 'onnx'; readonly isRequired: boolean }
  | { readonly runtime: 'tfjs' /** Why it is not ONNX Runtime, unless flags say so. */; readonly fallback?: string };

function chooseRuntime({ runtime, backend, threads }: RuntimeFlags): Choice {
  const wantsTensorFlow = runtime === 'tfjs' || backend !== undefined;
  if (runtime === 'onnx' && backend !== undefined) throw new UsageError('--backend is for --runtime tfjs');
  if (threads !== undefined && wantsTensorFlow) throw new UsageError('--threads is for ONNX Runtime: TensorFlow.js runs on one thread');
  if (wantsTensorFlow) return { runtime: 'tfjs' };
  const isRequired = runtime === 'onnx' || threads !== undefined;
  if (isRequired) requirePackages('onnxruntime-node');
  const isThere = isInstalled('onnxruntime-node');
  return isThere ? { runtime: 'onnx', isRequired } : { runtime: 'tfjs', fallback: 'onnxruntime-node is not installed' };
}

async function onOnnxRuntime(model: LayersModel, threads: number): Promise<ComputedNetwork> {
  const { readWeights, weightsFingerprint } = await import('@softpool/training/internal');
  const weights = weightsFingerprint(await readWeights(model));
  const inputShape = (model.inputs[0]?.shape.slice(1) ?? []).map(Number);
  const opened = await openClassifier(model.name, { model: await exportOnnx(model, { for: 'cpu' }), threads });
  try {
    const classifier = await onnxClassifier(opened, { inputShape }, { name: model.name, weights });
    model.dispose();
    return {
      model: classifier,
      runtime: 'onnx',
      backend: onnxRuntimeInWords(threads),
      fallback: undefined,
      close: () => opened.session.close(),
    };
  } catch (error) {
    await opened.session.close();
    throw error;
  }
}
