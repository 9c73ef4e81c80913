// Says which GPU the benchmark would run on; without one, what to install, and the exit code is 1.
import { stderr } from 'node:process';
import { openGpu } from './device.mjs';

try {
  const { facts, timestamps, device } = await openGpu({ clearing: true });
  console.log(`WebGPU: ${facts.name}${facts.software ? ' (a processor that plays a GPU)' : ''}${timestamps ? '' : ', without timestamps'}`);
  device.destroy();
} catch (error) {
  stderr.write(`WebGPU: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
