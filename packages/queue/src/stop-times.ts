/**
 * How long jobs get to stop after their signal has aborted, in seconds. A process is killed before
 * its worker gives up the job: the job goes back into the queue then, and another worker may start
 * it while the process would still write.
 */

/** Until a process of `jobProcesses` is killed. Without a worker, it ends itself as soon. */
export const PROCESS_TIME_TO_STOP = 4;

/** Until the worker gives up the job. */
export const JOB_TIME_TO_STOP = 5;
