// Runs npm, also on Windows, where `npm` is a shell script.
import { spawnSync } from 'node:child_process';
import { env, execPath } from 'node:process';

/**
 * Runs npm and returns its output. Throws an error with npm's message if it fails.
 *
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {string}
 */
export function npm(args, options = {}) {
  // npm sets this for its scripts.
  const [command, ...before] = env.npm_execpath ? [execPath, env.npm_execpath] : ['npm'];
  const { stdout, stderr, status, error } = spawnSync(command, [...before, ...args], { ...options, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw error ?? new Error(`"npm ${args.join(' ')}" failed:\n${stderr}`);
}
