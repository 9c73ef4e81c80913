/** Runs `softpool onnx export`: loads a model of TensorFlow.js, writes it as ONNX. */

import { problem } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { writeAtomic } from '../../shared/files/write-file.ts';
import { printable } from '../../shared/text.ts';
import { loadModel } from './layers-models.ts';

/** What commander makes of the arguments. */
export interface ExportFlags {
  readonly output: string;
  readonly inline?: boolean;
  readonly channelsFirst?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** Runs the command; resolves to its exit status. Rejects, and leaves nothing behind, if it cannot be done. */
export async function runExport(path: string, { output, inline, channelsFirst, json, force }: ExportFlags): Promise<number> {
  if (output === '') throw new UsageError('-o is empty; give it a file');
  const model = await loadModel(path);
  const { toOnnx } = await import('@softpool/onnx/tfjs');
  const bytes = await toOnnx(model, { inline, layout: channelsFirst ? 'channelsFirst' : 'channelsLast' }).catch((error: unknown) => {
    throw new Error(`${printable(path)}: ${problem(error)}`, { cause: error });
  });
  await writeAtomic(output, bytes, { force: force === true });
  const parameters = model.countParams();
  if (json) {
    process.stdout.write(`${JSON.stringify({ input: path, output, bytes: bytes.length, parameters }, null, 2)}\n`);
  } else {
    process.stderr.write(`${printable(path)} → ${printable(output)}, ${parameters.toLocaleString('en')} parameters\n`);
  }
  return EXIT.ok;
}
