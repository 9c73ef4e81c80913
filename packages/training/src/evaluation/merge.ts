/** Evaluations in files: of parts of a data set, which an array job of any scheduler makes, and put together. */
import { differences, type Json, shownJson } from '../differences.ts';
import { type EvaluationResult, resultOf } from './result.ts';
import { addTally, emptyTally, type Tally } from './tally.ts';

/** A file that holds no evaluation, or parts that do not make a whole, with what is wrong. */
export class MergeError extends Error {
  /** `'MergeError'`. */
  override readonly name = 'MergeError';
}

const FORMAT = 'softpool-evaluation';

/**
 * An evaluation as JSON, of which {@link parseEvaluation} makes the same again. What depends on the clock is in `time`.
 *
 * @param result - The evaluation.
 * @returns The text of a file.
 * @throws Nothing.
 * @example
 * ```ts
 * async function evaluateInto(path: string, options: EvaluateOptions): Promise<void> {
 *   const { writeFile } = await import('node:fs/promises');
 *   await writeFile(path, encodeEvaluation(await evaluate(options)));
 * }
 * ```
 */
export function encodeEvaluation(result: EvaluationResult): string {
  const { shard, subject, classes, samples, skipped, loss, top1, top5, perClass, confusion, seconds, tally } = result;
  const cells: [label: number, prediction: number, count: number][] = [];
  for (const [cell, count] of confusion.entries()) {
    if (count > 0) cells.push([Math.floor(cell / classes.length), cell % classes.length, count]);
  }
  const file = {
    format: FORMAT,
    shard,
    subject,
    samples,
    loss,
    top1,
    top5,
    perClass,
    skipped,
    counts: { top1: tally.top1, top5: tally.top5, notFinite: tally.notFinite, lossUnits: String(tally.lossUnits) },
    confusion: cells,
    time: { seconds, samplesPerSecond: samples / seconds },
  };
  return `${JSON.stringify(file, null, 1).replaceAll(/\[\s+(\d+),\s+(\d+),\s+(\d+)\s+\]/g, '[$1, $2, $3]')}\n`;
}

/**
 * Reads an evaluation from JSON.
 *
 * @param text - The text of a file that {@link encodeEvaluation} made.
 * @param name - What messages call it, such as its path. Default `'the text'`.
 * @returns The evaluation.
 * @throws MergeError if it is none, or its counts contradict each other.
 * @example
 * ```ts
 * async function accuracyIn(path: string): Promise<number> {
 *   const { readFile } = await import('node:fs/promises');
 *   return parseEvaluation(await readFile(path, 'utf8'), path).top1;
 * }
 * ```
 */
export function parseEvaluation(text: string, name = 'the text'): EvaluationResult {
  const file = parsed(text, name);
  try {
    const classes = file.perClass.map((one) => one.name);
    const { samples, shard, subject, skipped, counts, confusion, time } = file;
    const tally: Tally = { ...emptyTally(classes.length), samples, ...counts, lossUnits: BigInt(counts.lossUnits) };
    for (const [label, prediction, count] of confusion) tally.confusion[label * classes.length + prediction] = count;
    const result = resultOf(tally, { shard, subject, classes, skipped, seconds: time.seconds });
    const counted = tally.confusion.reduce((sum, count) => sum + count, 0);
    const right = result.perClass.reduce((sum, { correct }) => sum + correct, 0);
    const isSound = counted <= samples && samples - counted <= tally.notFinite && right === tally.top1 && tally.top1 <= tally.top5;
    if (isSound && Number.isSafeInteger(shard.index) && Number.isSafeInteger(shard.count)) return result;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError)) throw error;
  }
  throw new MergeError(`${name} is damaged: its counts contradict each other`);
}

interface EvaluationFile extends Pick<EvaluationResult, 'shard' | 'subject' | 'samples' | 'skipped'> {
  readonly perClass: readonly { readonly name: string }[];
  readonly counts: { readonly top1: number; readonly top5: number; readonly notFinite: number; readonly lossUnits: string };
  readonly confusion: readonly (readonly [number, number, number])[];
  readonly time: { readonly seconds: number };
}

function parsed(text: string, name: string): EvaluationFile {
  try {
    const value = JSON.parse(text) as { readonly format?: unknown } | null;
    if (value?.format === FORMAT) return value as unknown as EvaluationFile;
  } catch (error) {
    throw new MergeError(`${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new MergeError(`${name} is not an evaluation: it has no "format": "${FORMAT}"`);
}

/**
 * Puts the parts of an evaluation together. The totals are exactly those of one run, in whatever order the parts come.
 *
 * @param parts - The evaluation of each part, by a name for messages, such as its path.
 * @returns The evaluation of the whole.
 * @throws MergeError if a part is missing, is there twice, or is of another network, other data or another setting, with its name.
 * @example
 * ```ts
 * await openBackend('cpu');
 * const dataSet = texturedShapes({ samples: 18, size: 8 });
 * const model = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [8, 8, 3] }), tfl.layers.dense({ units: dataSet.classes.length })] });
 * const options = { model, dataSet, transform: createTransform({ shape: [8, 8, 3] }), batchSize: 4 };
 * const first = await evaluate({ ...options, shard: { index: 1, count: 2 } });
 * const second = await evaluate({ ...options, shard: { index: 2, count: 2 } });
 * [first.samples, second.samples]; // [8, 10]
 * mergeEvaluations(new Map([['1.json', first], ['2.json', second]])).samples; // 18
 * ```
 */
export function mergeEvaluations(parts: ReadonlyMap<string, EvaluationResult>): EvaluationResult {
  const [first] = parts;
  if (first === undefined) throw new MergeError('there is nothing to merge');
  const [firstName, { shard, subject, classes }] = first;
  const byIndex = new Map<number, [name: string, part: EvaluationResult]>();
  for (const [name, part] of parts) {
    const [different] = differences(whatMustMatch({ shard, subject, classes }), whatMustMatch(part));
    if (different !== undefined) {
      const { path, before, now } = different;
      throw new MergeError(
        `${name} does not belong to ${firstName}: ${path} is ${shownJson(now)} in the one and ${shownJson(before)} in the other`,
      );
    }
    const other = byIndex.get(part.shard.index);
    if (other !== undefined) throw new MergeError(`${name} and ${other[0]} are both part ${part.shard.index} of ${shard.count}`);
    byIndex.set(part.shard.index, [name, part]);
  }
  const missing = Array.from({ length: shard.count }, (_, i) => i + 1).filter((index) => !byIndex.has(index));
  if (missing.length > 0) {
    throw new MergeError(
      `${missing.length === 1 ? 'part' : 'parts'} ${missing.join(', ')} of ${shard.count} ${missing.length === 1 ? 'is' : 'are'} missing`,
    );
  }
  const tally = emptyTally(classes.length);
  const inOrder = Array.from(byIndex).sort(([a], [b]) => a - b);
  for (const [, [, part]] of inOrder) addTally(tally, part.tally);
  return resultOf(tally, {
    shard: { index: 1, count: 1 },
    subject,
    classes,
    skipped: inOrder.flatMap(([, [, part]]) => part.skipped),
    seconds: inOrder.reduce((sum, [, [, part]]) => sum + part.seconds, 0),
  });
}

function whatMustMatch({ shard, subject, classes }: Pick<EvaluationResult, 'shard' | 'subject' | 'classes'>): Json {
  return { parts: shard.count, ...subject, classes } as unknown as Json;
}
