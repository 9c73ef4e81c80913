/** Files that tests make, in folders that are removed after the test. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';

/** A folder with these files, by their paths within it. */
export async function folderOf(files: Readonly<Record<string, Uint8Array | string | Sharp>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-data-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const isFile = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(join(folder, path), isFile ? content : await content.png().toBuffer());
  }
  return folder;
}

/** An image of pixels, row by row. */
export function picture(pixels: readonly (readonly number[])[], width = pixels.length): Sharp {
  const channels = (pixels[0]?.length ?? 3) as 1 | 2 | 3 | 4;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height: pixels.length / width, channels } });
}

/** An image of one color. */
export function plain(color: readonly number[], width = 2, height = 2): Sharp {
  return picture(
    Array.from({ length: width * height }, () => color),
    width,
  );
}

/** Does `work` as a user whom permissions stop. They do not stop a container's superuser. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

/** The message of a promise's rejection. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'it did not reject',
    (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
  );
}
