// npm test on a busy machine: beside four endless loops for each core. No test may depend on how
// fast the machine is. Arguments go to Vitest.
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process, { argv, execPath } from 'node:process';

const loops = Array.from({ length: 4 * availableParallelism() }, () => spawn(execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }));
try {
  console.log(`Beside ${loops.length} endless loops`);
  const { status } = spawnSync('npm', ['test', '--', ...argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  for (const loop of loops) loop.kill('SIGKILL');
}
