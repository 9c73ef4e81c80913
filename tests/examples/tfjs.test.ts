/** The example of TensorFlow.js runs as its README says, in Node and as a page in Chromium. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { expect, test } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';

const EXAMPLE = fileURLToPath(new URL('../../examples/tfjs/', import.meta.url));

test('in Node each pooling is trained, saved, and as good when it is loaded again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-'));
  const { stdout } = await promisify(execFile)(process.execPath, [`${EXAMPLE}train.mjs`, '--epochs', '2', '--output', folder]);
  for (const pooling of ['soft', 'max', 'average']) {
    const losses = Array.from(stdout.matchAll(new RegExp(`^${pooling}: epoch \\d, loss (.*)$`, 'gm')), ([, loss]) => Number(loss));
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0] as number);
    const [, trained] = new RegExp(`^${pooling}: (.*) % of 600 pictures`, 'm').exec(stdout) ?? [];
    expect(stdout).toContain(`${pooling}: saved in ${folder}/shapes-${pooling}; loaded again, ${trained} %\n`);
    expect(await readdir(`${folder}/shapes-${pooling}`)).toEqual(['model.json', 'weights.bin']);
  }
});

test('in a page a network is trained on wasm, and its row says how it did', { tags: 'long' }, async () => {
  const server = await createServer({ root: EXAMPLE, logLevel: 'error', server: { port: 0 } });
  await server.listen();
  const executablePath = findChromium();
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(600_000); // for hangs only
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(server.resolvedUrls?.local[0] as string);
    await page.getByRole('button', { name: 'Train' }).click();
    await page.getByText('Done.').waitFor();
    const cells = await page.locator('#runs td').allTextContents();
    expect(cells.slice(0, 3)).toEqual(['soft', 'wasm', '8']);
    expect(Number(cells[3])).toBeLessThan(0.8); // of three classes chance has ln 3, 1.1
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});
