/** All pages of a file: the frames of an animation, or the pages of a document. */
import {
  encodePages,
  IMAGE_FORMATS,
  type ImageSize,
  PAGES_FORMATS,
  type PagesFormat,
  type Picture,
  type Pixels,
  pooledSize,
  readImage,
  readImageSize,
  readTiming,
} from '@softpool/media/internal/pictures';
import { problem } from '../../shared/arguments/errors.ts';
import { type ImageFlags, readOptions } from './options.ts';
import type { Output } from './outputs.ts';
import type { Sizing } from './sizing.ts';

/** The small pictures of a file's pages. */
type Resize = (page: Picture) => Promise<Pixels<Uint8Array | Uint16Array>>;

/**
 * Reads the pages one by one, so that only one is in memory at full size, and encodes the results.
 *
 * @param first - The first page, which is read already.
 */
export async function* encodeAllPages(
  first: Picture,
  bytes: Uint8Array,
  outputs: readonly Output[],
  sizing: Sizing,
  resize: Resize,
  flags: ImageFlags,
): AsyncGenerator<{ output: Output; bytes: Uint8Array }> {
  const formats = checkPagesFormats(outputs, first);
  await checkSamePages(bytes, first, sizing, flags);
  const pages = [await resize(first)];
  for (let page = 1; page < first.pages; page++) pages.push(await resize(await readImage(bytes, { ...readOptions(flags), page })));
  const timing = await readTiming(bytes);
  for (const [i, output] of outputs.entries()) {
    yield { output, bytes: await encodePages(pages, { format: formats[i] ?? 'webp', quality: flags.quality, ...timing }) };
  }
}

/** The formats of the outputs. Throws if one holds only one page. */
export function checkPagesFormats(outputs: readonly Output[], file: Pick<Picture, 'format' | 'pages'>): PagesFormat[] {
  return outputs.map(({ format }) => pagesFormat(format ?? IMAGE_FORMATS.find((known) => known === file.format) ?? 'png', file.pages));
}

function pagesFormat(format: string, pages: number): PagesFormat {
  const found = PAGES_FORMATS.find((each) => each === format);
  if (found !== undefined) return found;
  throw new Error(`${format} holds one page, and the file has ${pages}; use --format webp or tiff, or --pages first`);
}

/**
 * Throws unless the results of all pages have the size and the samples of the first, which a file
 * needs. Frames of an animation always have.
 */
export async function checkSamePages(
  source: string | Uint8Array,
  file: Pick<Picture, 'format' | 'pages'>,
  { pool }: Sizing,
  { maxPixels }: ImageFlags,
): Promise<void> {
  if (file.format === 'gif' || file.format === 'webp') return;
  const advice = 'pages of one file must be alike; use --pages first';
  let first: { readonly size: string; readonly samples: string } | undefined;
  for (let page = 0; page < file.pages; page++) {
    try {
      const header = await readImageSize(source, { maxPixels, page });
      const { width, height } = pool === undefined ? header : pooledSize(header, pool);
      const result = { size: `${width} × ${height} pixels`, samples: samplesOf(header) };
      first ??= result;
      if (result.size !== first.size) throw new Error(`its result has ${result.size}, and that of page 1 ${first.size}; ${advice}`);
      if (result.samples !== first.samples) throw new Error(`it is ${result.samples}, and page 1 is ${first.samples}; ${advice}`);
    } catch (error) {
      throw new Error(`page ${page + 1}: ${problem(error)}`, { cause: error });
    }
  }
}

function samplesOf({ channels, bytesPerSample }: ImageSize): string {
  return `${channels < 3 ? 'gray' : 'color'} with ${8 * bytesPerSample} bits${channels % 2 === 0 ? ' and alpha' : ''}`;
}
