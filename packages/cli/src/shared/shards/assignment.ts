/**
 * Which shard does what. It follows from a name alone, so that every process finds the same answer,
 * whatever else lies in a folder, in which order it is listed, and on which machine.
 */
import { hash } from 'node:crypto';
import { posix } from 'node:path';

/** Shard `index` of `count`, from 1. */
export interface Task {
  readonly index: number;
  readonly count: number;
}

/**
 * The shard of an input, from 1 to `count`: the first 48 bits of the SHA-256 of its key, modulo
 * `count`, plus 1. The key is hashed as UTF-8 in Unicode's form NFC: file systems differ in the
 * form that they give names.
 */
export function shardOfKey(key: string, count: number): number {
  return (Number.parseInt(hash('sha256', key.normalize('NFC'), 'hex').slice(0, 12), 16) % count) + 1;
}

/**
 * The task of an archive, from 1 to `count`: the last number in its name, modulo `count`, plus 1.
 * So numbered archives are shared out evenly. A name without a number is hashed as a key is.
 */
export function taskOfArchive(name: string, count: number): number {
  const digits = /(\d+)\D*$/.exec(posix.basename(name))?.[1];
  return digits === undefined ? shardOfKey(name, count) : Number(BigInt(digits) % BigInt(count)) + 1;
}

/** The name of a shard of files: its number, of at least five digits. */
export function shardName(index: number): string {
  return String(index).padStart(5, '0');
}
