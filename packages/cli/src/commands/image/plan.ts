/** Plans the work: what each input becomes, decided before any file is written. */
import { stat } from 'node:fs/promises';
import { readImageSize } from '@softpool/media/internal/pictures';
import { Semaphore } from 'async-mutex';
import { problem } from '../../shared/arguments/errors.ts';
import { checkDistinct } from '../../shared/files/distinct-outputs.ts';
import type { Failed, Skipped } from '../../shared/files/file-report.ts';
import type { Input, Inputs } from '../../shared/files/image-files.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import { printable } from '../../shared/text.ts';
import { originalsAmong } from './names.ts';
import type { ImageFlags } from './options.ts';
import { checkQuality, type Naming, namingOf, type Output } from './outputs.ts';
import { SMALLER, sizingOf } from './sizing.ts';

/** An input and its outputs. */
export interface ImageTask {
  readonly input: Input;
  /** `undefined`: their names are known once the input is read, which is done only once. */
  readonly outputs: readonly Output[] | undefined;
  readonly naming: Naming;
}

/** What is to be done, and what is not. */
export interface Plan {
  readonly tasks: readonly ImageTask[];
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failed[];
}

/** Headers that are read at once. */
const HEADERS_AT_ONCE = 8;

/**
 * Decides every output. Reads the header of an input whose result is named by its size or format.
 *
 * @throws UsageError if an output is impossible, or if two results have the same path.
 */
export async function planTasks(found: Inputs, flags: ImageFlags): Promise<Plan> {
  const naming = namingOf(found, flags);
  const originalOf = originalsAmong(found.inputs);
  const limit = new Semaphore(HEADERS_AT_ONCE);
  const skipped: Skipped[] = [];
  const failures = found.problems.map(({ path, reason }) => ({ input: path, reason }));
  const planOne = async (input: Input): Promise<ImageTask | undefined> => {
    const original = flags.output === undefined ? originalOf(input) : undefined;
    if (original !== undefined) {
      skipped.push({ input: input.path, reason: `a result of ${printable(original.path)}` });
      return undefined;
    }
    if (!naming.needsHeader(input)) return { input, outputs: naming.outputsOf(input), naming };
    if (!(await canReadTwice(input.path))) return { input, outputs: undefined, naming };
    try {
      const { width, height, format } = await readImageSize(input.path, { maxPixels: flags.maxPixels });
      const sides = sizingOf({ width, height }, flags);
      if (sides !== undefined) return { input, outputs: naming.outputsOf(input, { format, sides }), naming };
      skipped.push({ input: input.path, reason: SMALLER });
    } catch (error) {
      failures.push({ input: input.path, reason: problem(error) });
    }
    return undefined;
  };
  const planned = await Promise.all(found.inputs.map((input) => limit.runExclusive(() => planOne(input))));
  const tasks = planned.filter((task) => task !== undefined);
  // A folder or pattern may have files of another format tomorrow.
  if (found.named === 'file')
    for (const { outputs } of tasks)
      if (outputs !== undefined)
        checkQuality(
          outputs.map(({ format }) => format),
          flags,
        );
  await checkDistinct(
    tasks.map(({ input, outputs = [] }) => ({ input, outputs })),
    flags.force === true,
  );
  return { tasks, skipped, failures };
}

/** Standard input and pipes cannot be read twice. */
export async function canReadTwice(path: string): Promise<boolean> {
  return (
    path !== STANDARD_STREAM &&
    (await stat(path).then(
      (info) => info.isFile() || info.isDirectory(),
      () => true,
    ))
  );
}
