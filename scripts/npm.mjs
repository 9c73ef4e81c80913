// Runs npm in a process of its own, on Windows too, where `npm` is a script for a shell.
import { spawnSync } from 'node:child_process';
import { env, execPath } from 'node:process';

/**
 * What npm prints. Throws an error with its complaint if it fails.
 *
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {string}
 */
export function npm(args, options = {}) {
  // Set by npm for what it runs.
  const [command, ...before] = env.npm_execpath ? [execPath, env.npm_execpath] : ['npm'];
  const { stdout, stderr, status, error } = spawnSync(command, [...before, ...args], { ...options, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw error ?? new Error(`"npm ${args.join(' ')}" failed:\n${stderr}`);
}
