/** Becoming another program, which Node can from 22.15 on, and not on Windows. */

/** Ends this program and starts another one in its process. */
type Execve = (file: string, args: readonly string[], env?: NodeJS.ProcessEnv) => never;

/** Node's `process.execve`; `undefined` where it cannot. */
export function findExecve(): Execve | undefined {
  return process.platform === 'win32' ? undefined : (process as typeof process & { execve?: Execve }).execve;
}
