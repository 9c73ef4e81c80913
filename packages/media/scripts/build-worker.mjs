// Embeds the code of the threads that pool images and videos in the sources.
import { fileURLToPath } from 'node:url';
import { embedWorker } from '../../../scripts/embed-worker.mjs';

const sources = fileURLToPath(new URL('../src/', import.meta.url));
await embedWorker(`${sources}threads/`, 'worker');
await embedWorker(`${sources}node/video/`, 'pool-worker', 'cjs');
