import { folderOf } from '@softpool/testing/files';
import { noise } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { type ComparedVideoOptions, compareVideo } from './compare-video.ts';
import { probeVideo } from './probe-video.ts';

test.each(['method', 'frameRate'])('the %s of a comparison is not an option: it would be ignored', async (name) => {
  const info = await probeVideo(await folderOf({ 'frame.png': await noise(8, 8).png().toBuffer() }));
  const options = { factor: 2, [name]: name === 'method' ? 'max' : 10 } as ComparedVideoOptions;
  await expect(compareVideo(info, options)).rejects.toThrow(`compareVideo: pool.${name} is not an option of this call`);
});
