// A visitor's clip in the studio: its frames are pooled over time by the definition.
//
// These commands made the clips, of frames that are each of one gray, and of an old codec:
// ffmpeg -f lavfi -i "nullsrc=s=640x480:r=10:d=1.2,geq=lum='16+N*17':cb=128:cr=128" -c:v libvpx-vp9
//   -lossless 1 -pix_fmt yuv420p steps.webm
// ffmpeg -f lavfi -i "color=c=red:s=64x48:r=10:d=0.3" -c:v mpeg4 mpeg4.mp4
// ffmpeg -f lavfi -i sine=d=0.1 -c:a libopus -b:a 16k tone.webm
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright';
import { softPool1d } from 'softpool/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILES, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();
const CLIPS = 'tests/site/files/';

/** The gray of each frame: luma from 16 to 235 is black to white. */
const LEVELS = Array.from({ length: 12 }, (_, frame) => (frame * 17 * 255) / 219);

/** The level in the middle of a canvas. */
function levelOf(instrument: Locator, label: string): Promise<number> {
  return instrument.getByRole('img', { name: label, exact: true }).evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(canvas as HTMLCanvasElement, 0, 0);
    return context.getImageData(width / 2, height / 2, 1, 1).data[0] as number;
  });
}

describe("one's own clip", () => {
  test('is pooled over time, and one scrubs through it', async () => {
    const page = await openStudio('?frames=4&time-beta=2&frame=5');
    const instrument = page.locator('#instrument-time');
    await instrument.getByLabel('Choose a clip').setInputFiles(`${CLIPS}steps.webm`);
    await instrument.getByText('Your clip: 12 frames of 640 × 480 pixels, shown at 320 × 240.').waitFor();
    await instrument.getByText('in window 2 of 3').waitFor();
    const window = Float64Array.from(LEVELS.slice(4, 8), (level) => level / 255);
    const pooled = (beta: number) => (softPool1d({ data: window, shape: [1, 4] }, { kernelSize: 4, beta }).data[0] as number) * 255;
    const expected = { 'frame 6': LEVELS[5], 'average: blended': pooled(0), soft: pooled(2), max: LEVELS[7] };
    for (const [label, level] of Object.entries(expected)) {
      // The decoder rounds each frame to whole levels.
      expect(Math.abs((await levelOf(instrument, label)) - (level as number)), label).toBeLessThanOrEqual(2);
    }
    await instrument.locator('input[type="range"]').last().press('End');
    await instrument.getByText('in window 3 of 3').waitFor();
    await expect.poll(async () => Math.abs((await levelOf(instrument, 'max')) - (LEVELS[11] as number))).toBeLessThanOrEqual(2);
    await instrument.getByRole('button', { name: 'Show the generated clip' }).click();
    await instrument.getByRole('img', { name: 'max, nearly' }).waitFor();
    await leave(page);
  });

  test('may be cut off: the page says that frames are missing', async () => {
    const file = `${FILES}cut-off.mp4`;
    const clip = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=10:d=3', '-c:v', 'libvpx-vp9', '-g', '10', '-movflags', '+faststart'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...clip, file]);
    const page = await openStudio();
    const instrument = page.locator('#instrument-time');
    await instrument.getByLabel('Choose a clip').setInputFiles(file);
    await instrument.getByText(/^Your clip: 30 frames of 64 × 48 pixels\.$/).waitFor();
    truncateSync(file, Math.floor(statSync(file).size / 2));
    await instrument.getByLabel('Choose a clip').setInputFiles(file);
    await instrument
      .getByText(/^Your clip: 1?\d frames of 64 × 48 pixels\. The file is cut off, or damaged: it should have more frames\.$/)
      .waitFor();
    await leave(page);
  });

  test('is pooled as by the maximum, nearly, where β is the largest of the slider', async () => {
    const page = await openStudio('?frames=4');
    const instrument = page.locator('#instrument-time');
    await instrument.getByLabel('Choose a clip').setInputFiles(`${CLIPS}steps.webm`);
    await instrument.getByText('Your clip: 12 frames').waitFor();
    await instrument.getByRole('button', { name: 'max →' }).click();
    await expect
      .poll(async () => Math.abs((await levelOf(instrument, 'soft')) - (await levelOf(instrument, 'max'))))
      .toBeLessThanOrEqual(1);
    expect(await instrument.locator('.problem').count()).toBe(0);
    await leave(page);
  });

  // One visit for all: a usable clip is shown before each.
  let unusable: Page;
  beforeAll(async () => {
    writeFileSync(`${FILES}notes.mp4`, 'not a video');
    writeFileSync(`${FILES}empty.mp4`, '');
    writeFileSync(`${FILES}cut.webm`, readFileSync(`${CLIPS}steps.webm`).subarray(0, 600));
    unusable = await openStudio();
  });
  // The reader of files warns of a codec that it does not know, so `leave` would refuse.
  afterAll(() => unusable.context().close());

  test.for([
    ['a file that is not a video', 'notes.mp4', 'This file is not a video that the page can read. Choose an MP4, MOV, WebM or MKV file.'],
    ['an empty file', 'empty.mp4', 'The file is empty, or it is a folder. Choose another file.'],
    ['a file with sound only', 'tone.webm', 'This file has no video in it. Choose another.'],
    ['a clip that is cut off', 'cut.webm', 'Choose another'],
    [
      'a codec that browsers lack',
      'mpeg4.mp4',
      'This browser cannot decode the codec of this clip. Choose one in H.264, VP9 or AV1, or use softpool video.',
    ],
  ] as const)('says what to do with %s', async ([, name, sentence]) => {
    const instrument = unusable.locator('#instrument-time');
    const chooser = instrument.getByLabel('Choose a clip');
    await chooser.setInputFiles(`${CLIPS}steps.webm`);
    await instrument.getByText('Your clip: 12 frames').waitFor();
    await chooser.setInputFiles((existsSync(CLIPS + name) ? CLIPS : FILES) + name);
    await instrument.locator('.problem').getByText(sentence).waitFor();
  });

  test('says what to do where the browser has no WebCodecs', async () => {
    const page = await openStudio();
    await page.route('**/clip.worker*.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `delete globalThis.VideoDecoder;${await response.text()}` });
    });
    const instrument = page.locator('#instrument-time');
    await instrument.getByLabel('Choose a clip').setInputFiles(`${CLIPS}steps.webm`);
    await instrument.getByText('it has no WebCodecs. Use a recent Chrome, Edge, Firefox or Safari.').waitFor();
    await leave(page);
  });
});
