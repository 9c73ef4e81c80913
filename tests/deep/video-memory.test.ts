// The memory of softpool video and its ffmpeg processes does not grow with the length of a video.
// VIDEO_MINUTES=10 takes one of ten minutes.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { expect, onTestFinished, test } from 'vitest';

const COMMAND = join(import.meta.dirname, '../../packages/cli/bin/softpool.js');

const MINUTES = Number(env.VIDEO_MINUTES ?? 1);

test(`minutes of 1080p, here ${MINUTES}, need the memory of 10 seconds, below 500 MB`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ffmpeg = (...args: string[]): unknown => execFileSync('ffmpeg', ['-v', 'error', ...args], { cwd: folder });
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=30:d=10', '-c:v', 'libx264', '-preset', 'ultrafast', 'short.mp4');
  ffmpeg('-stream_loop', `${6 * MINUTES - 1}`, '-i', 'short.mp4', '-c', 'copy', 'long.mp4');
  const short = await peak(folder, 'short.mp4');
  const long = await peak(folder, 'long.mp4');
  console.log(`at most ${Math.round(short)} MB for 10 seconds, and ${Math.round(long)} MB for ${MINUTES} minutes`);
  expect(long).toBeLessThan(500);
  // Frames of a minute that were kept, of 6 MB each, would need 11 GB; results of 1.5 MB, 1.4 GB.
  expect(long - short).toBeLessThan(100);
});

/** The most resident memory of the command and the programs that it starts, in MB. */
async function peak(folder: string, clip: string): Promise<number> {
  const args = [COMMAND, 'video', clip, '-o', 'small.mp4', '--factor', '2', '--preset', 'ultrafast', '--force', '--quiet'];
  const child = spawn(execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const exit = once(child, 'exit');
  let most = 0;
  while (child.exitCode === null && child.signalCode === null) {
    most = Math.max(most, residentMegabytes(child.pid as number));
    await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  expect(child.exitCode).toBe(0);
  return most;
}

function residentMegabytes(process: number): number {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  const processes = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const kilobytes = processes.filter(([pid, parent]) => pid === process || parent === process).map(([, , resident]) => resident);
  return kilobytes.reduce((sum, resident) => sum + resident, 0) / 1000;
}
