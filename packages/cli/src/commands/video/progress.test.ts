// Progress in a terminal: time of the video, frames a second, and the time left.
import { expect, test } from 'vitest';
import { ffmpeg } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';
import { CTRL_C, runInTerminal } from '../../testing/terminal.ts';

const BAR = /([█░]{30}) (\d+) s of (\d+) s, (\d+) frames\/s(?:, (?:\d+ min )?\d+ s left)?/;

test('a terminal shows the time of the video, frames a second and the time left; then one line', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=640x480:r=25:d=12 -c:v libx264 -preset ultrafast clip.mp4');
  const { status, sent, screen, cursor } = await runInTerminal(folder, 'video clip.mp4 -o small.mp4 --factor 2', { columns: 120 });
  expect(status).toBe(0);
  const bars = sent.split('\r').flatMap((text) => BAR.exec(text) ?? []);
  expect(bars.length).toBeGreaterThan(0);
  expect(sent).toMatch(/ s left/);
  const times = Array.from(sent.matchAll(new RegExp(BAR, 'g')), ([, , time, total]) => [Number(time), Number(total)]);
  expect(times.every(([time, total]) => time! <= 12 && total === 12)).toBe(true);
  expect(times.map(([time]) => time)).toEqual(times.map(([time]) => time!).sort((a, b) => a - b));
  expect(screen.join('')).toMatch(/^clip\.mp4 640×480 25 fps → small\.mp4 320×240 12\.5 fps, .* \(300 → 150 frames, .* frames\/s\)$/);
  expect(cursor[1]).toBe(0);
});

test('a part that reaches beyond the end counts to the end of the video', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=1280x720:r=25:d=12 -c:v libx264 -preset ultrafast clip.mp4');
  const part = '--factor 2 --start 2 --duration 100';
  const { status, sent } = await runInTerminal(folder, `video clip.mp4 -o small.mp4 ${part}`, { columns: 120 });
  expect(status).toBe(0);
  const totals = Array.from(sent.matchAll(new RegExp(BAR, 'g')), ([, , , total]) => Number(total));
  expect(new Set(totals)).toEqual(new Set([10]));
});

test('Ctrl-C removes the bar and the unfinished file', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=640x480:r=25:d=60 -c:v libx264 -preset ultrafast clip.mp4');
  const keys = { waitFor: 'frames/s', type: CTRL_C };
  const { status, screen } = await runInTerminal(folder, 'video clip.mp4 -o small.mp4 --factor 2', { keys, columns: 120 });
  expect(status).toBe(130);
  expect(screen.filter((line) => line !== '' && line !== '^C')).toEqual([]);
  expect(await filesBelow(folder)).toEqual(['clip.mp4']);
});
