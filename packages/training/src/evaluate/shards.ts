/** Evaluations as files, and shards merged into one evaluation. */
import { jsonText } from 'softpool/internal';
import { type Json, jsonDifferences, shortJson } from '../runs/json-diff.ts';
import { type EvaluationResult, type EvaluationSubject, resultOf } from './result.ts';
import { addTally, cellsOf, emptyTally, type Tally } from './tally.ts';

/** A file that is not an evaluation, or shards that do not fit together. The message says why. */
export class MergeError extends Error {
  /** `'MergeError'`. */
  override readonly name = 'MergeError';
}

const FORMAT = 'softpool-evaluation';

/**
 * Encodes an evaluation as JSON, from which {@link parseEvaluation} restores it. Everything that
 * depends on the clock is in `time`. Numbers that JSON lacks are strings: `"NaN"` for the loss of a
 * shard without samples, or the precision of a class that was never predicted.
 *
 * @param result - The evaluation.
 * @returns The text of a file.
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
    confusion: cellsOf(confusion, classes.length),
    time: { seconds, samplesPerSecond: samples / seconds },
  };
  return `${jsonText(file, 1).replaceAll(/\[\s+(\d+),\s+(\d+),\s+(\d+)\s+\]/g, '[$1, $2, $3]')}\n`;
}

/**
 * Parses an evaluation from JSON.
 *
 * @param text - The text of a file written with {@link encodeEvaluation}.
 * @param name - Name for messages, such as the file's path. Default `'the text'`.
 * @returns The evaluation.
 * @throws MergeError if the text is not an evaluation, if one of its fields is missing or cannot
 *   be, or if its counts contradict each other.
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
  const wrong = wrongField(file);
  if (wrong !== undefined) throw new MergeError(`${name} is damaged: ${wrong}`);
  const classes = file.perClass.map((one) => one.name);
  const { samples, shard, subject, skipped, counts, confusion, time } = file;
  const { top1, top5, notFinite, lossUnits } = counts;
  const tally: Tally = { ...emptyTally(classes.length), samples, top1, top5, notFinite, lossUnits: BigInt(lossUnits) };
  for (const [label, prediction, count] of confusion) tally.confusion[label * classes.length + prediction] = count;
  const result = resultOf(tally, { shard, subject, classes, skipped, seconds: time.seconds });
  const counted = tally.confusion.reduce((sum, count) => sum + count, 0);
  const correct = result.perClass.reduce((sum, one) => sum + one.correct, 0);
  const cells = new Set(confusion.map(([label, prediction]) => label * classes.length + prediction));
  const isSound =
    cells.size === confusion.length &&
    counted <= samples &&
    samples - counted <= notFinite &&
    correct === top1 &&
    top1 <= top5 &&
    samples + skipped.length <= subject.data.samples;
  if (isSound) return result;
  throw new MergeError(`${name} is damaged: its counts contradict each other`);
}

/** Says which field is missing or cannot be, if there is one. */
function wrongField(file: EvaluationFile): string | undefined {
  const at = (path: string): unknown =>
    path.split('.').reduce((value: unknown, name) => (value as { readonly [name: string]: unknown } | null | undefined)?.[name], file);
  const most = Number.MAX_SAFE_INTEGER;
  const [some, isCount] = [isInteger(0, at('samples')), isInteger(1, at('samples'))];
  const isClass = isInteger(0, Number(at('perClass.length')) - 1);
  const isSample = isInteger(0, Number(at('subject.data.samples')) - 1);
  const fields: readonly (readonly [path: string, isValid: Check])[] = [
    ['samples', isInteger(0, most)],
    ['shard.count', isInteger(1, most)],
    ['shard.index', isInteger(1, at('shard.count'))],
    ['subject.data.name', isText],
    ['subject.data.samples', isInteger(0, most)],
    ['subject.data.classes', isInteger(1, most)],
    ['subject.data.sha256', isText],
    ['subject.weights.values', isInteger(0, most)],
    ['subject.weights.sha256', isText],
    ['subject.batchSize', isInteger(1, most)],
    ['subject.backend', isText],
    ['subject.maxCorrupt', isInteger(0, most)],
    ['subject.settings', isObject],
    ['perClass', isListOf((one) => isText((one as { readonly name?: unknown } | null)?.name))],
    ['skipped', isListOf((one) => isSkipped(one, isSample))],
    ['counts.top1', some],
    ['counts.top5', some],
    ['counts.notFinite', some],
    // Fewer than 2⁵³ losses, each less than 2¹³⁰, in units of 2⁻⁴⁰: less than 2²²³ < 10⁶⁸.
    ['counts.lossUnits', (value) => isText(value) && /^\d{1,68}$/.test(value)],
    ['confusion', isListOf((cell) => isCell(cell, isClass, isCount))],
    ['time.seconds', (value) => Number.isFinite(value) && (value as number) >= 0],
  ];
  const path = fields.find(([path, isValid]) => !isValid(at(path)))?.[0];
  return path && `${path} is ${shortJson(at(path) as Json | undefined)}`;
}

type Check = (value: unknown) => boolean;

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function isInteger(least: number, most: unknown): Check {
  return (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= (most as number);
}

function isListOf(isEntry: Check): Check {
  return (value) => Array.isArray(value) && value.every(isEntry);
}

function isSkipped(value: unknown, isIndex: Check): boolean {
  const { index, reason } = (value ?? {}) as { readonly index?: unknown; readonly reason?: unknown };
  return isIndex(index) && isText(reason);
}

/** Whether a value is [label, prediction, count]. */
function isCell(value: unknown, isClass: Check, isCount: Check): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false;
  return isClass(value[0]) && isClass(value[1]) && isCount(value[2]);
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
  throw new MergeError(`${name} is not an evaluation: it lacks "format": "${FORMAT}"`);
}

/**
 * Merges the shards of an evaluation. The results are exactly those of a single run, whatever the
 * order of the shards.
 *
 * @param shards - The evaluation of each shard, by a name for messages, such as its path.
 * @returns The evaluation of the whole data set.
 * @throws MergeError naming the shard if one is missing, duplicated, or has another network, other
 *   data or other settings; or if all shards together have more corrupt samples than allowed.
 * @example
 * ```ts
 * await openBackend('cpu');
 * const dataSet = texturedShapes({ samples: 18, size: 8 });
 * const inputShape = [8, 8, 3];
 * const layers = [
 *   tfl.layers.flatten({ inputShape }),
 *   tfl.layers.dense({ units: dataSet.classes.length }),
 * ];
 * const model = tfl.sequential({ layers });
 * const options = { model, dataSet, transform: createTransform({ inputShape }), batchSize: 4 };
 * const first = await evaluate({ ...options, shard: { index: 1, count: 2 } });
 * const second = await evaluate({ ...options, shard: { index: 2, count: 2 } });
 * [first.samples, second.samples]; // [8, 10]
 * const shards = new Map([['1.json', first], ['2.json', second]]);
 * mergeEvaluations(shards).samples; // 18
 * ```
 */
export function mergeEvaluations(shards: ReadonlyMap<string, EvaluationResult>): EvaluationResult {
  const [first] = shards;
  if (first === undefined) throw new MergeError('no shards to merge');
  const [firstName, { shard, subject, classes }] = first;
  const byIndex = new Map<number, [name: string, result: EvaluationResult]>();
  for (const [name, result] of shards) {
    const [different] = jsonDifferences(commonPart({ shard, subject, classes }), commonPart(result));
    if (different !== undefined) {
      const { path, before, now } = different;
      throw new MergeError(
        `${name} does not belong to ${firstName}: ${path} is ${shortJson(now)} in one and ${shortJson(before)} in the other`,
      );
    }
    const other = byIndex.get(result.shard.index);
    if (other !== undefined) throw new MergeError(`${name} and ${other[0]} are both shard ${result.shard.index} of ${shard.count}`);
    byIndex.set(result.shard.index, [name, result]);
  }
  const missing = shard.count - byIndex.size;
  if (missing > 0) {
    const named: number[] = [];
    for (let index = 1; named.length < Math.min(missing, MOST_NAMED); index++) if (!byIndex.has(index)) named.push(index);
    const more = missing > named.length ? ` and ${missing - named.length} more` : '';
    throw new MergeError(`missing ${missing === 1 ? 'shard' : 'shards'} ${named.join(', ')}${more} of ${shard.count}`);
  }
  const inOrder = Array.from(byIndex).sort(([a], [b]) => a - b);
  const skipped = inOrder.flatMap(([, [, result]]) => result.skipped);
  checkSkipped(skipped, subject);
  const tally = emptyTally(classes.length);
  for (const [, [, result]] of inOrder) addTally(tally, result.tally);
  return resultOf(tally, {
    shard: { index: 1, count: 1 },
    subject,
    classes,
    skipped,
    seconds: inOrder.reduce((sum, [, [, { seconds }]]) => sum + seconds, 0),
  });
}

/** Throws for more corrupt samples than a single run would skip. */
function checkSkipped(skipped: EvaluationResult['skipped'], { data, maxCorrupt }: EvaluationSubject): void {
  if (skipped.length <= maxCorrupt) return;
  const found = `${skipped.length} of ${data.samples} samples are corrupt`;
  throw new MergeError(`${data.name}: ${found}, more than the limit of ${maxCorrupt}; first: ${skipped[0]?.reason}`);
}

/** The most missing shards that a message lists. */
const MOST_NAMED = 20;

/** Everything that must be equal in all shards. */
function commonPart({ shard, subject, classes }: Pick<EvaluationResult, 'shard' | 'subject' | 'classes'>): Json {
  return { shards: shard.count, ...subject, classes } as unknown as Json;
}
