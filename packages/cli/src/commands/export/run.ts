/** Runs `softpool export`. */
import type { UnsupportedLayer } from '@softpool/onnx/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { inFile } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { type DetectedModel, detectModel } from '../../shared/models/detect-model.ts';
import { loadSavedLayersModel, networkOfRun } from '../../shared/models/layers-model.ts';
import { isGraphModel, readModelJson } from '../../shared/models/model-json.ts';
import { type ReportFlags, reportWritten } from '../../shared/report-written.ts';
import { startTensorFlow } from '../../shared/tensorflow.ts';
import { json, printable } from '../../shared/text.ts';

/** What commander makes of the arguments. */
export interface ExportFlags extends ReportFlags {
  readonly output: string;
  readonly inline?: boolean;
  readonly layout?: 'channelsFirst' | 'channelsLast';
  readonly force?: boolean;
}

/** Runs the command; resolves to its exit code. If it fails, nothing is written. */
export async function runExport(path: string, flags: ExportFlags): Promise<number> {
  const { output, inline, layout = 'channelsLast', force = false } = flags;
  if (output === '') throw new UsageError('--output is empty; give a file');
  const detected = await detectModel(path);
  if (detected.kind === 'onnx') throw new UsageError(`${printable(path)} is not a TensorFlow.js model or a run: its content is not JSON`);
  const model = await loadModel(detected);
  const { toOnnx, UnsupportedLayersError } = await import('@softpool/onnx/tfjs');
  const bytes = await inFile(path, () =>
    toOnnx(model, { inline, layout }).catch((error: unknown) => {
      if (error instanceof UnsupportedLayersError) throw unsupported(error.layers);
      throw error;
    }),
  );
  if (!force) await refuseExisting(output);
  if (!flags.dryRun) await writeAtomic(output, bytes, { force });
  const parameters = model.countParams();
  if (flags.json) process.stdout.write(`${json({ input: path, output, bytes: bytes.length, parameters })}\n`);
  reportWritten(path, output, [`${parameters.toLocaleString('en')} parameters`], flags);
  return EXIT.ok;
}

function unsupported(layers: readonly UnsupportedLayer[]): Error {
  const words = layers.map(({ name, className, reason }) => `${name} (${reason === undefined ? className : `${className}: ${reason}`})`);
  return new Error(`these layers cannot be written as ONNX: ${words.join(', ')}`);
}

async function loadModel({ kind, path }: DetectedModel): Promise<LayersModel> {
  await startTensorFlow('cpu');
  if (kind === 'run') return await networkOfRun(path);
  const saved = await readModelJson(path);
  if (isGraphModel(saved.model)) {
    throw new Error(`${printable(path)} is a graph model; only layers models can be written as ONNX`);
  }
  return await loadSavedLayersModel(path, saved);
}
