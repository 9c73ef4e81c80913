/** TensorFlow.js models on disk: the model.json, and the weight files that it names. */
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { readText } from '../files/read-file.ts';
import { printable } from '../text.ts';
import { followed } from './inside-folder.ts';

/** The content of a model.json, as far as it is needed here. */
export interface ModelJson {
  readonly modelTopology: object;
  readonly format?: unknown;
  readonly weightsManifest?: unknown;
}

/** A model.json and its weight files. */
export interface SavedModel {
  /** The name of the model.json. */
  readonly name: string;
  readonly model: ModelJson;
  /** The weight files, in the order in which the model names them. */
  readonly shards: readonly Shard[];
}

/** A weight file. */
interface Shard {
  /** Its path relative to the folder of the model. */
  readonly path: string;
  /** The file to read. */
  readonly source: string;
}

/** Reads a model.json, and checks that its weight files exist, without reading them. */
export async function readModelJson(path: string): Promise<SavedModel> {
  const model = parsed(await readText(path), path);
  const name = basename(path);
  const paths = new Set(shardPaths(model, path));
  if (paths.has(name)) throw new Error(`${printable(path)}: its weightsManifest names ${printable(name)} itself as a weight file`);
  const shards = Array.from(paths, (shard) => ({ path: shard, source: join(dirname(path), shard) }));
  for (const { path: shard, source } of shards) {
    const wrong = (what: string): Error => new Error(`${printable(path)}: the weights in ${printable(shard)} ${what}`);
    const found = await followed(path, shard);
    if (found === undefined) throw wrong(`are missing: no such file: ${printable(source)}`);
    if (!found.isInside) throw wrong(`are in ${printable(found.file)}, outside the folder of the model`);
    if (!(await stat(found.file)).isFile()) throw wrong(`are in ${printable(source)}, which is not a file`);
  }
  return { name, model, shards };
}

/** Whether it is a graph model; otherwise it is a layers model. */
export function isGraphModel({ format, modelTopology }: ModelJson): boolean {
  return format === 'graph-model' || 'node' in modelTopology;
}

function parsed(json: string, path: string): ModelJson {
  let model: unknown;
  try {
    model = JSON.parse(json);
  } catch (error) {
    throw new Error(`${printable(path)} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (hasTopology(model)) return model;
  throw new Error(`${printable(path)} has no modelTopology: it is not the model.json of a TensorFlow.js model`);
}

function hasTopology(model: unknown): model is ModelJson {
  return (
    typeof model === 'object' &&
    model !== null &&
    'modelTopology' in model &&
    typeof model.modelTopology === 'object' &&
    model.modelTopology !== null
  );
}

function shardPaths({ weightsManifest = [] }: ModelJson, path: string): string[] {
  const groups: unknown[] = Array.isArray(weightsManifest) ? weightsManifest : [weightsManifest];
  return groups.flatMap((group) => {
    const paths: unknown = (group as { paths?: unknown } | null)?.paths;
    if (!Array.isArray(paths)) throw new Error(`${printable(path)}: its weightsManifest is not a list of groups with paths`);
    return paths.map((shard) => insideFolder(shard, path));
  });
}

function insideFolder(shard: unknown, path: string): string {
  const isInside = typeof shard === 'string' && !isAbsolute(shard) && !shard.split(/[/\\]/).includes('..');
  if (!isInside) throw new Error(`${printable(path)}: the weight file ${printable(String(shard))} is outside the folder of the model`);
  return normalize(shard);
}
