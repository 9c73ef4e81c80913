import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { COMMAND, temporaryFolder } from '../testing/run-cli.ts';

test('a command on its own thread ends when nobody reads its messages', async () => {
  const folder = await temporaryFolder();
  // 1 MB of messages, one after another as those of a training are.
  await writeFile(
    join(folder, 'messages.mjs'),
    `import { isMainThread } from 'node:worker_threads';
     const write = () => new Promise((done) => process.stderr.write('a message'.padEnd(1000) + '\\n', done));
     if (!isMainThread) for (let i = 0; i < 1000; i++) await write();`,
  );
  const [node = '', ...words] = COMMAND;
  const child = spawn(node, ['--import', pathToFileURL(join(folder, 'messages.mjs')).href, ...words, 'inspect', 'nowhere.onnx'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stderr.once('data', () => child.stderr.destroy());
  expect(await once(child, 'exit')).toEqual([1, null]);
});
