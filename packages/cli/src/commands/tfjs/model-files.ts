/** A saved model of TensorFlow.js: its model.json, and the files of its weights that this names. */
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { readText } from '../../shared/files/read-file.ts';
import { printable } from '../../shared/text.ts';

/** What a model.json holds, as far as it is needed here. */
export interface SavedModel {
  readonly modelTopology: object;
}

/** A file of weights. */
export interface Shard {
  /** As the model names it, relative to its folder. */
  readonly path: string;
  /** The file to read. */
  readonly source: string;
}

/** Reads a model.json and finds the files of its weights. Rejects with an error whose message is fit to be shown. */
export async function readModel(path: string): Promise<{ name: string; model: SavedModel; shards: readonly Shard[] }> {
  const model = parsed(await readText(path), path);
  const name = basename(path);
  const paths = new Set(shardPaths(model, path));
  if (paths.has(name)) throw new Error(`${printable(path)}: its weights are said to be in ${printable(name)} itself`);
  const shards = Array.from(paths, (shard) => ({ path: shard, source: join(dirname(path), shard) }));
  for (const { path: shard, source } of shards) {
    const isFile = await stat(source).then(
      (info) => info.isFile(),
      () => false,
    );
    if (!isFile)
      throw new Error(`${printable(path)}: the weights in ${printable(shard)} are missing: there is no file ${printable(source)}`);
  }
  return { name, model, shards };
}

function parsed(json: string, path: string): SavedModel & { readonly weightsManifest?: unknown } {
  let model: unknown;
  try {
    model = JSON.parse(json);
  } catch (error) {
    throw new Error(`${printable(path)} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof model === 'object' && model !== null && 'modelTopology' in model) return model as SavedModel;
  throw new Error(`${printable(path)} has no modelTopology: it is not the model.json of a model of TensorFlow.js`);
}

function shardPaths({ weightsManifest = [] }: { readonly weightsManifest?: unknown }, path: string): string[] {
  const groups: unknown[] = Array.isArray(weightsManifest) ? weightsManifest : [weightsManifest];
  return groups.flatMap((group) => {
    const paths: unknown = (group as { paths?: unknown } | null)?.paths;
    if (!Array.isArray(paths)) throw new Error(`${printable(path)}: its weightsManifest is not a list of groups with paths`);
    return paths.map((shard) => insideFolder(shard, path));
  });
}

function insideFolder(shard: unknown, path: string): string {
  const isInside = typeof shard === 'string' && !isAbsolute(shard) && !shard.split(/[/\\]/).includes('..');
  if (!isInside) throw new Error(`${printable(path)}: the weights in ${printable(String(shard))} would not be in the folder of the model`);
  return normalize(shard);
}
