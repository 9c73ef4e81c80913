/** Clips that tests make. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A lossless AVI file of 48 × 32 pixels and 20 frames per second. Frame f has the gray level 6 f;
 * its right half is 3 brighter.
 */
export async function grayClip(frames: number): Promise<Uint8Array> {
  // A file, since the header of an AVI file is written last, which a pipe does not allow.
  const folder = await mkdtemp(join(tmpdir(), 'softpool-clip-'));
  try {
    const path = join(folder, 'clip.avi');
    const input = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', '48x32', '-r', '20', '-i', 'pipe:0'];
    const ffmpeg = spawn('ffmpeg', ['-v', 'error', ...input, '-c:v', 'ffv1', '-pix_fmt', 'bgr0', path], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    ffmpeg.stdin.end(Uint8Array.from({ length: frames * 48 * 32 }, (_, i) => 6 * Math.floor(i / (48 * 32)) + (i % 48 < 24 ? 0 : 3)));
    await new Promise((resolve) => ffmpeg.once('close', resolve));
    return new Uint8Array(await readFile(path));
  } finally {
    await rm(folder, { recursive: true });
  }
}
