import { join } from 'node:path';
import { folderOf } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import { probeVideo } from './probe-video.ts';

test('an animation may have more frames than a call has arguments', async () => {
  const frames = 130_000;
  // GIF89a, 1 × 1 pixel, two colors; each frame is shown for 0.1 s.
  const header = Buffer.from('47494638396101000100800000000000ffffff', 'hex');
  const frame = Buffer.from('21f904000a0000002c0000000001000100000202440100', 'hex');
  const folder = await folderOf({ 'many.gif': Buffer.concat([header, ...Array<Buffer>(frames).fill(frame), Buffer.from(';')]) });
  const { duration, frameRate, highestRate } = await probeVideo(join(folder, 'many.gif'));
  expect({ duration, frameRate, highestRate }).toEqual({ duration: 13_000, frameRate: [10, 1], highestRate: [10, 1] });
});
