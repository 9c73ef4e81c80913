/** Processes of this machine, by their numbers. */

/** Whether a process with this number runs, whoever started it. */
export function isRunning(number: number): boolean {
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
