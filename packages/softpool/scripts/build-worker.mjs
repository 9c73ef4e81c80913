// Embeds the code of the threads in the sources.
import { fileURLToPath } from 'node:url';
import { embedWorker } from '../../../scripts/embed-worker.mjs';

await embedWorker(fileURLToPath(new URL('../src/cpu/threads/', import.meta.url)), 'worker');
