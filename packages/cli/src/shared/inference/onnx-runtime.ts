/** ONNX models run by ONNX Runtime. */
import type { NamedTensors, TensorValue } from '@softpool/onnx/internal';
import type { InferenceSession } from 'onnxruntime-node';
import { readOnnx } from '../models/onnx-file.ts';
import { requirePackages } from '../packages.ts';
import { oneLine, printable } from '../text.ts';
import type { ModelInput, RunnableModel } from './runnable-model.ts';

/** Opens an ONNX model on `threads` threads; 0: as many as the processor has cores. */
export async function openOnnxModel(path: string, threads: number): Promise<RunnableModel> {
  requirePackages('onnxruntime-node');
  const { default: ort } = await import('onnxruntime-node');
  await readOnnx(path); // reports a broken file in one line, where ONNX Runtime prints a page
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4, intraOpNumThreads: threads }).catch((error: unknown) => {
    throw new Error(`${printable(path)}: ONNX Runtime cannot open it: ${oneLine(error)}`, { cause: error });
  });
  checkOutputs(path, session);
  const toTensor = ({ type, data, shape }: TensorValue) => new ort.Tensor(type as 'float32', data as Float32Array, shape);
  return {
    inputs: inputsOf(path, session),
    prepare(inputs) {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toTensor(value)]));
      return {
        async run() {
          const outputs = await session.run(feeds).catch((error: unknown) => {
            throw new Error(`${printable(path)}: ONNX Runtime cannot run it: ${oneLine(error)}`, { cause: error });
          });
          return valuesOf(outputs);
        },
        dispose() {},
      };
    },
  };
}

function inputsOf(path: string, { inputMetadata, inputNames }: InferenceSession): ModelInput[] {
  const inputs = inputMetadata.flatMap((input) => (input.isTensor ? [input] : []));
  if (inputs.length < inputNames.length) throw new Error(`${printable(path)}: the model has an input that is not a tensor`);
  return inputs.map(({ name, type, shape }) => ({
    name,
    type,
    shape: shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined)),
  }));
}

/** Throws if onnxruntime-node would end the process: it allocates outputs of 4 bits wrongly. */
function checkOutputs(path: string, { outputMetadata }: InferenceSession): void {
  for (const output of outputMetadata) {
    if (!output.isTensor || !/^u?int4$/.test(output.type)) continue;
    throw new Error(
      `${printable(path)}: its output ${printable(output.name)} has the type ${output.type}, which onnxruntime-node cannot give`,
    );
  }
}

function valuesOf(outputs: InferenceSession.ReturnType): NamedTensors {
  const values = Object.entries(outputs).map(([name, { type, data, dims }]) => [name, { type, data, shape: dims }]);
  return Object.fromEntries(values);
}
