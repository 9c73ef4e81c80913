// HDR: refused, or mapped to BT.709. What is expected is worked out from SMPTE ST 2084, ITU-R
// BT.2100 and BT.1886, and from the curve that ffmpeg's filter tonemap calls hable.
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

const CURVES = [
  ['smpte2084', 'PQ'],
  ['arib-std-b67', 'HLG'],
] as const;

/** Gray levels of 10 bits in limited range: 64 is black, 940 white. */
const LEVELS = [64, 200, 340, 440, 509, 600, 720, 800, 940];
const SIDE = 16;

/** A clip of squares of these levels, without loss. */
async function hdrClip(folder: string, transfer: string): Promise<void> {
  const width = LEVELS.length * SIDE;
  const luma = Uint16Array.from({ length: width * SIDE }, (_, i) => LEVELS[Math.floor((i % width) / SIDE)]!);
  const chroma = new Uint16Array((width * SIDE) / 2).fill(512);
  const frame = Buffer.concat([Buffer.from(luma.buffer), Buffer.from(chroma.buffer)]);
  await writeFile(`${folder}/flat.yuv`, Buffer.concat([frame, frame]));
  const tags = `-colorspace bt2020nc -color_primaries bt2020 -color_trc ${transfer} -color_range tv`;
  await ffmpeg(folder, `-f rawvideo -pix_fmt yuv420p10le -s ${width}x${SIDE} -r 10 -i flat.yuv -c:v ffv1 ${tags} clip.mkv`);
}

test.each(CURVES)('%s is refused, with what to do', async (transfer, name) => {
  const folder = await temporaryFolder();
  await hdrClip(folder, transfer);
  const message = `softpool: clip.mkv: it is HDR (${name}), whose samples cannot be pooled like those of SDR; --tonemap maps it to BT.709\n`;
  expect(await runVideo(folder, 'clip.mkv -o small.mp4 --factor 2')).toMatchObject({ status: 1, stderr: message });
});

testFirst(1, CURVES)('--tonemap maps %s to BT.709 of the same number of bits, and says so', async (transfer, name) => {
  const folder = await temporaryFolder();
  await hdrClip(folder, transfer);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --codec ffv1 --tonemap');
  expect(status, stderr).toBe(0);
  expect(stderr).toContain(`; ${name} was mapped to BT.709 (`);
  const { video } = await probe(folder, 'small.mkv');
  expect(video).toMatchObject({ color_space: 'bt709', color_primaries: 'bt709', color_transfer: 'bt709', color_range: 'tv' });
  expect(video.pix_fmt).toBe('yuv420p10le');
  const samples = await rawVideo(folder, 'small.mkv', 'yuv420p10le');
  LEVELS.forEach((level, i) => {
    const at = ((SIDE / 4) * LEVELS.length * (SIDE / 2) + i * (SIDE / 2) + SIDE / 4) * 2;
    const expected = 64 + 876 * toneMapped((level - 64) / 876, name);
    expect(Math.abs(samples.readUInt16LE(at) - expected), `${level}`).toBeLessThanOrEqual(1);
  });
});

test('SDR is left as it is by --tonemap', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=10:d=0.4 -c:v ffv1 -pix_fmt yuv420p clip.mkv');
  for (const flags of ['', '--tonemap']) {
    expect((await runVideo(folder, `clip.mkv -o small${flags}.mkv --factor 2 --codec ffv1 ${flags}`)).status).toBe(0);
  }
  expect(await rawVideo(folder, 'small--tonemap.mkv', 'yuv420p')).toEqual(await rawVideo(folder, 'small.mkv', 'yuv420p'));
});

test('an ffmpeg without zscale is one clear error', async () => {
  const folder = await temporaryFolder();
  await hdrClip(folder, 'smpte2084');
  await mkdir(`${folder}/bin`);
  await symlink('/usr/bin/ffprobe', `${folder}/bin/ffprobe`);
  const script = `#!/bin/sh\ncase "$*" in *filter=zscale*) echo "Unknown filter 'zscale'."; exit 0;; esac\nexec /usr/bin/ffmpeg "$@"\n`;
  await writeFile(`${folder}/bin/ffmpeg`, script);
  await chmod(`${folder}/bin/ffmpeg`, 0o755);
  const before = await filesBelow(folder);
  const message = "clip.mkv: tone mapping needs ffmpeg's filter zscale, which this ffmpeg lacks; install one with zimg";
  expect(await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --tonemap --ffmpeg bin')).toMatchObject({
    status: 1,
    stderr: `softpool: ${message}\n`,
  });
  expect(await filesBelow(folder)).toEqual(before);
});

/** BT.709 in place of a gray of HDR; both from 0 to 1. */
function toneMapped(sample: number, curve: 'PQ' | 'HLG'): number {
  // Light in units of 100 cd/m². The filter takes 1000 cd/m² for the peak.
  const light = curve === 'PQ' ? pqLight(sample) : hlgLight(sample);
  return Math.min(1, hable(light) / hable(10)) ** (1 / 2.4); // the display of BT.1886
}

/** SMPTE ST 2084. */
function pqLight(sample: number): number {
  const [m1, m2, c1, c2, c3] = [2610 / 16384, (2523 / 4096) * 128, 3424 / 4096, (2413 / 4096) * 32, (2392 / 4096) * 32];
  const power = sample ** (1 / m2);
  return 100 * (Math.max(0, power - c1) / (c2 - c3 * power)) ** (1 / m1);
}

/** BT.2100: of a display of 1000 cd/m², whose system gamma is 1.2. */
function hlgLight(sample: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  const scene = sample <= 0.5 ? sample ** 2 / 3 : (Math.exp((sample - c) / a) + b) / 12;
  return 10 * scene ** 1.2;
}

/** J. Hable, "Uncharted 2: HDR Lighting", 2010. */
function hable(x: number): number {
  const [a, b, c, d, e, f] = [0.15, 0.5, 0.1, 0.2, 0.02, 0.3];
  return (x * (x * a + b * c) + d * e) / (x * (x * a + b) + d * f) - e / f;
}
