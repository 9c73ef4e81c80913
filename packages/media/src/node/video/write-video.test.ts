import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { grayClip } from '@softpool/testing/clips';
import { folderOf } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { planVideo } from './plan-output.ts';
import { probeVideo } from './probe-video.ts';
import { writeVideo } from './write-video.ts';

/** A stand-in for ffmpeg, which writes how many bytes it got. */
const COUNTER = '#!/bin/sh\nfor path; do :; done\nwc -c > "$(echo "$path" | cut -c6-)"\n';

test('memory does not grow with the number of frames', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const folder = await folderOf({ 'clip.avi': await grayClip(2), 'bin/ffmpeg': COUNTER });
  chmodSync(join(folder, 'bin/ffmpeg'), 0o755);
  const size = { width: 300, height: 300 } as const;
  const source = await probeVideo(join(folder, 'clip.avi'));
  const planned = await planVideo('x.mkv', source, { ...size, frameRate: [10, 1], pixelAspect: [1, 1] });
  // More than a pipe holds, so that each frame waits for it.
  const data = new Uint8Array(300 * 300 * 3);
  const used: number[] = [];
  async function* frames(): AsyncGenerator<VideoFrameLike> {
    for (let frame = 0; frame <= 6000; frame++) {
      if (frame === 1000 || frame === 6000) {
        collectGarbage();
        used.push(process.memoryUsage().heapUsed);
      }
      yield { ...size, channels: 3, data, timestamp: frame / 10 };
    }
  }
  const output = { ...planned, options: { programs: join(folder, 'bin') } };
  expect(await writeVideo(join(folder, 'x.mkv'), frames(), output)).toBe(6001);
  const [early = 0, late = 0] = used;
  expect((late - early) / 5000).toBeLessThan(150); // bytes a frame
});
