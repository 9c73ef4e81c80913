// The tests that take too long for every change: the packed packages in bundlers and runtimes. With
// arguments, which go to Vitest, only what they choose.
import { spawnSync } from 'node:child_process';
import { argv, execPath } from 'node:process';
import { ensureChromium } from './chromium.mjs';
import { ensureRedis } from './redis.mjs';

ensureChromium();
ensureRedis();
const args = ['run', '--config', 'tests/deep/vitest.config.ts', ...argv.slice(2)];
process.exitCode = spawnSync(execPath, ['node_modules/vitest/vitest.mjs', ...args], { stdio: 'inherit' }).status ?? 1;
