// A process whose jobs do nothing, for the benchmark of the queue.
import { serveJobs } from '@softpool/queue';

serveJobs(async () => {});
