/** Picture files that folders are not searched for: they are counted, and otherwise passed over. */
import { extname } from 'node:path';

/** Extensions of pictures, drawings and camera files that are not read from folders. */
const OTHER_EXTENSIONS: ReadonlySet<string> = new Set([
  ...['.gif', '.svg', '.svgz', '.heic', '.heif', '.hif', '.jxl', '.jp2', '.j2k', '.jpx', '.bmp', '.ico', '.psd', '.psb', '.xcf', '.tga'],
  ...['.exr', '.hdr', '.eps', '.ai', '.pcx', '.ppm', '.pgm', '.pbm', '.pnm', '.apng', '.qoi', '.dds'],
  ...['.raw', '.dng', '.cr2', '.cr3', '.crw', '.nef', '.nrw', '.arw', '.sr2', '.srf', '.raf', '.orf', '.rw2', '.pef', '.srw', '.3fr'],
]);

/** The extension of a picture of another kind, in lower case with its dot. */
export function otherExtension(name: string): string | undefined {
  const extension = extname(name).toLowerCase();
  return OTHER_EXTENSIONS.has(extension) ? extension : undefined;
}

/** `3 of other kinds passed over: .heic, .gif`; an empty text if there are none. */
export function passedOverText(passedOver: readonly string[]): string {
  const kinds = [...new Set(passedOver)].sort();
  return kinds.length === 0 ? '' : `${passedOver.length} of other kinds passed over: ${kinds.join(', ')}`;
}
