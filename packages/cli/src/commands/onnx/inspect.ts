/** Runs `softpool onnx inspect`: the pooling of a model as a table. */
import { inspectPooling } from '@softpool/onnx';
import { EXIT } from '../../shared/exit-codes.ts';
import { printable } from '../../shared/text.ts';
import { about, readModel } from './model-files.ts';
import { poolingsTable } from './report.ts';

/** Runs the command; resolves to its exit status. */
export async function runInspect(path: string, { json }: { readonly json?: boolean }): Promise<number> {
  const { bytes, files } = await readModel(path);
  const poolings = about(path, () => inspectPooling(bytes));
  if (json) process.stdout.write(`${JSON.stringify({ model: path, externalData: files, poolings }, null, 2)}\n`);
  else process.stdout.write(poolings.length === 0 ? `${printable(path)} has no pooling\n` : `${poolingsTable(poolings)}\n`);
  return EXIT.ok;
}
