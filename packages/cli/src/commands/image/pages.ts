/** All pages of a file: the frames of an animation, or the pages of a document. */
import { readFile } from 'node:fs/promises';
import { encodePages, PAGES_FORMATS, type PagesFormat, type Picture, type Pixels, readImage, readTiming } from '@softpool/media/node';
import { type ImageFlags, readOptions } from './options.ts';
import type { Output } from './outputs.ts';

/** The small pictures of a file's pages. */
type Resize = (page: Picture) => Promise<Pixels<Uint8Array | Uint16Array>>;

/**
 * Reads the pages one by one, so that only one is in memory at full size, and encodes the results.
 *
 * @param first - The first page, which is read already.
 */
export async function* encodeAllPages(
  first: Picture,
  source: string | Uint8Array,
  outputs: readonly Output[],
  resize: Resize,
  flags: ImageFlags,
): AsyncGenerator<{ output: Output; bytes: Uint8Array }> {
  const formats = checkPagesFormats(outputs, first);
  const bytes = typeof source === 'string' ? await readFile(source) : source;
  const pages = [await resize(first)];
  for (let page = 1; page < first.pages; page++) pages.push(await resize(await readImage(bytes, { ...readOptions(flags), page })));
  const timing = await readTiming(bytes);
  for (const [i, output] of outputs.entries()) {
    yield { output, bytes: await encodePages(pages, { format: formats[i] ?? 'webp', quality: flags.quality, ...timing }) };
  }
}

/** The formats of the outputs. Throws if one holds only one page. */
export function checkPagesFormats(outputs: readonly Output[], file: Pick<Picture, 'format' | 'pages'>): PagesFormat[] {
  return outputs.map(({ format }) => pagesFormat(format ?? file.format, file.pages));
}

function pagesFormat(format: string, pages: number): PagesFormat {
  const found = PAGES_FORMATS.find((each) => each === format);
  if (found !== undefined) return found;
  throw new Error(`${format} holds one page, and the file has ${pages}; use --format webp or tiff, or --pages first`);
}
