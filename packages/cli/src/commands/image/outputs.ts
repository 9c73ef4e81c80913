/** Decides where results go: beside their inputs, to a file, into a folder, or by a template. */
import { existsSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { IMAGE_FORMATS, type ImageFormat, imageFormatOf, LONGEST_SIDES } from '@softpool/media/internal/pictures';
import { UsageError } from '../../shared/exit-codes.ts';
import type { Input, Inputs } from '../../shared/files/image-files.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import type { Sides } from '../../shared/sides.ts';
import { printable } from '../../shared/text.ts';
import {
  checkTemplate,
  EXTENSIONS,
  isTemplate,
  type Named,
  nameBeside,
  nameByTemplate,
  nameInArchive,
  nameInFolder,
  needsSides,
} from './names.ts';
import { type ImageFlags, writtenFormat } from './options.ts';

/** A file to write. */
export interface Output {
  /** Its path; `-` is standard output. */
  readonly path: string;
  /** `undefined`: the input's. */
  readonly format: ImageFormat | undefined;
}

/** What the header of an input tells. */
interface Header {
  /** The format of the file, as sharp names it. */
  readonly format: string;
  /** The sides of the result. */
  readonly sides: Sides;
}

/** How results are named. */
export interface Naming {
  /** Whether the outputs of this input depend on its header. */
  needsHeader(input: Input): boolean;
  /** The outputs of an input; `header` is there if they depend on it. */
  outputsOf(input: Input, header?: Header): Output[];
}

/**
 * How the flags name results. The output is a folder if it exists as one, ends in a slash, or there
 * are several inputs. A folder or pattern counts as several inputs, however many images it has
 * today, unless the output is an existing file or has the name of an image.
 *
 * @throws UsageError if the output's format is unknown or not PNG for a contact sheet, or if
 * several results would have the same name.
 */
export function namingOf({ inputs, named }: Inputs, flags: ImageFlags): Naming {
  const { output, compare } = flags;
  if (compare && flags.format?.some((format) => format !== 'png')) {
    throw new UsageError(`--compare writes a contact sheet as png, not ${flags.format.join(', ')}`);
  }
  const formats = compare ? (['png'] as const) : flags.format;
  const ending = compare ? '.compare' : undefined;
  if (output === undefined) return namingBy((each) => nameBeside(each, ending), { formats, sides: ending === undefined });
  if (isTemplate(output)) {
    checkTemplate(output, flags);
    const isByInput = extname(output) === '.{ext}';
    const fixed = isByInput ? formats : fixedFormats(output, flags);
    return namingBy((each) => nameByTemplate(output, each, flags), { formats: fixed, sides: needsSides(output) });
  }
  if (isFolder(output, inputs.length > 1 ? 'files' : named)) {
    return namingBy((each) => nameInFolder(output, each, ending), { formats, sides: false });
  }
  const [format] = output === STANDARD_STREAM ? (formats ?? []) : fixedFormats(output, flags);
  if (flags.format !== undefined && flags.format.length > 1) {
    throw new UsageError(`-o ${printable(output)} is one file; several formats need a folder, or a name with {ext}`);
  }
  return { needsHeader: () => false, outputsOf: () => [{ path: output, format }] };
}

/**
 * How results in archives are named: as their inputs.
 *
 * @throws UsageError if the output, in which archives are written, is a file.
 */
export function namingInArchives({ format, output = '' }: ImageFlags): Naming {
  isFolder(output, 'files');
  return namingBy(nameInArchive, { formats: format, sides: false });
}

/** Names that contain the format, and the size if `sides`. */
function namingBy(
  nameOf: (named: Named) => string,
  { formats, sides }: { formats: readonly ImageFormat[] | undefined; sides: boolean },
): Naming {
  const formatsOf = ({ relativePath }: Input, header?: Header): readonly ImageFormat[] =>
    formats ?? [writtenFormat(relativePath) ?? IMAGE_FORMATS.find((format) => format === header?.format) ?? 'png'];
  return {
    needsHeader: ({ relativePath }) => sides || (formats === undefined && writtenFormat(relativePath) === undefined),
    outputsOf: (input, header) =>
      formatsOf(input, header).map((format) => ({ path: nameOf({ input, format, sides: header?.sides }), format })),
  };
}

function isFolder(output: string, named: Inputs['named']): boolean {
  if (output === STANDARD_STREAM) {
    if (named === 'files') throw new UsageError('several inputs cannot be written to standard output; give -o a folder');
    return false;
  }
  const exists = existsSync(output);
  if (/[/\\]$/.test(output) || (exists && statSync(output).isDirectory())) return true;
  if (named === 'file') return false;
  const isFile = exists || writtenFormat(output) !== undefined;
  if (named === 'files' && isFile) throw new UsageError(`-o ${printable(output)} is a file; several inputs need a folder`);
  return !isFile;
}

/** Throws a UsageError if --quality is given and all results are PNG, which is lossless. */
export function checkQuality(formats: readonly (ImageFormat | undefined)[], { quality }: ImageFlags): void {
  if (quality === undefined || formats.some((format) => format !== 'png')) return;
  throw new UsageError('--quality is for jpeg, webp, avif and tiff, not png; leave it out');
}

/** Throws if a format cannot hold a result of this size, before any is written. */
export function checkSides(outputs: readonly Output[], file: string, { width, height }: Sides): void {
  for (const { format = file } of outputs) {
    const longest = LONGEST_SIDES[format as ImageFormat] ?? Number.POSITIVE_INFINITY;
    if (Math.max(width, height) <= longest) continue;
    throw new Error(`${format} has at most ${longest} pixels a side, and the result has ${width} × ${height}; use another --format`);
  }
}

/** The format of a file by the name that the user gave, or by --format. */
function fixedFormats(output: string, flags: ImageFlags): readonly ImageFormat[] {
  const { format, compare } = flags;
  const extension = extname(output).toLowerCase();
  const named = writtenFormat(output);
  if (compare && named !== 'png') throw new UsageError(`-o ${printable(output)}: a contact sheet is a PNG; use the extension .png`);
  if (compare) return ['png'];
  if (format !== undefined) {
    const stated = imageFormatOf(output);
    if (stated !== undefined && format.length === 1 && format[0] !== stated) {
      throw new UsageError(`-o ${printable(output)} ends in ${extension}, but --format is ${format[0]}; leave out one of them`);
    }
    return format;
  }
  if (named !== undefined) checkQuality([named], flags);
  if (named !== undefined) return [named];
  throw new UsageError(
    `-o ${printable(output)}: ${extension === '' ? 'no extension' : `cannot write ${printable(extension)}`}; use ${EXTENSIONS.join(', ')}, or --format ${IMAGE_FORMATS.join('|')}`,
  );
}
