/**
 * Shards of a job on BullMQ and Redis, for workers that come and go. The package is given the
 * function that runs a shard.
 */
export type { AddOptions, AddSummary } from './add.ts';
export { type JobContext, type JobProgress, PostponedJobError, type QueueJob, type RunJob, UnrecoverableJobError } from './job.ts';
export { type JobProcesses, type JobProcessesOptions, jobProcesses } from './job-processes.ts';
export { RedisServerError, RedisUrlError } from './redis-server.ts';
export { serveJobs } from './serve-jobs.ts';
export { openShardQueue, type ShardQueue, type ShardQueueOptions } from './shard-queue.ts';
export type { FailedJob, QueueStatus, RunningJob } from './status.ts';
export type { WorkOptions, WorkSummary } from './work.ts';
export type { WorkEvent } from './work-events.ts';
