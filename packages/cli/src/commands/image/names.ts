/**
 * The name of a result: beside its input, in a folder, or by a template such as
 * {name}-{width}.{ext}.
 */
import { dirname, extname, join, parse } from 'node:path';
import { IMAGE_EXTENSIONS, IMAGE_FORMATS, type ImageFormat } from '@softpool/media/internal/pictures';
import { UsageError } from '../../shared/exit-codes.ts';
import type { Input } from '../../shared/files/image-files.ts';
import type { Sides } from '../../shared/sides.ts';
import { printable } from '../../shared/text.ts';
import { type ImageFlags, writtenFormat } from './options.ts';

/** The extensions of formats that are written. */
export const EXTENSIONS = Object.keys(IMAGE_EXTENSIONS).filter((extension) => writtenFormat(extension) !== undefined);

/** The extension of each format's files: the first in the table. */
const EXTENSION_OF = Object.fromEntries(
  IMAGE_FORMATS.map((format) => [format, EXTENSIONS.find((extension) => writtenFormat(extension) === format)]),
) as Readonly<Record<ImageFormat, string>>;

/** What the name of a result can tell. */
export interface Named {
  readonly input: Input;
  readonly format: ImageFormat;
  /** The sides of the result, if the name needs them. */
  readonly sides: Sides | undefined;
}

const FIELDS = ['name', 'ext', 'width', 'height', 'dir', 'factor', 'method'] as const;
type Field = (typeof FIELDS)[number];

const FIELD = /\{([^{}]*)\}/g;

/** Whether `-o` is a template. */
export function isTemplate(output: string): boolean {
  return output.search(FIELD) !== -1;
}

/** Whether a template needs the size of the result. */
export function needsSides(template: string): boolean {
  return /\{(?:width|height)\}/.test(template);
}

/** Throws a UsageError if a template has unknown fields, or one without a value. */
export function checkTemplate(template: string, flags: ImageFlags): void {
  for (const [text, name = ''] of template.matchAll(FIELD)) {
    if (!FIELDS.some((field) => field === name)) {
      throw new UsageError(
        `-o ${printable(template)}: unknown field ${printable(text)}; use ${FIELDS.map((field) => `{${field}}`).join(', ')}`,
      );
    }
    if (name === 'factor' && flags.factor === undefined) throw new UsageError(`-o ${printable(template)}: {factor} needs --factor`);
  }
  if (/[/\\]$/.test(template))
    throw new UsageError(`-o ${printable(template)} names a folder; end it with a file name such as {name}.{ext}`);
}

/** The folder before the first field: results lie in it. */
export function folderOfTemplate(template: string): string {
  return dirname(`${template.slice(0, template.search(FIELD))}x`);
}

/** {dir} between slashes, which is a folder of its own. */
const FOLDER = /(?<![^/\\])\{dir\}(?=[/\\])/g;

/** Fills in a template. Without a folder, {dir} between slashes is `.`, and otherwise nothing. */
export function nameByTemplate(template: string, { input, format, sides }: Named, { factor, method }: ImageFlags): string {
  const { dir, name } = parse(input.relativePath);
  const values: Readonly<Record<Field, string | number | undefined>> = {
    ...{ name, dir, factor, method, width: sides?.width, height: sides?.height },
    ext: extensionFor(input, format).slice(1),
  };
  return join((dir === '' ? template.replaceAll(FOLDER, '.') : template).replaceAll(FIELD, (_, field: Field) => String(values[field])));
}

/** The name in an output folder: that of the input, with the folders below the given one. */
export function nameInFolder(folder: string, { input, format }: Named, ending = ''): string {
  const { dir, name } = parse(input.relativePath);
  return join(folder, dir, `${name}${ending}${extensionFor(input, format, ending)}`);
}

/** The name in an archive: that of the input, with the extension of the format. */
export function nameInArchive({ input, format }: Named): string {
  const { relativePath } = input;
  return `${relativePath.slice(0, relativePath.length - extname(relativePath).length)}${extensionFor(input, format)}`;
}

/** The name without -o: beside the input, with the size of the result. */
export function nameBeside({ input, format, sides }: Named, ending?: string): string {
  const { dir, name } = parse(input.path);
  const size = ending ?? `-${sides?.width}x${sides?.height}`;
  return join(dir, `${name}${size}${extensionFor(input, format, ending)}`);
}

/**
 * Finds the input that another one would have been made from without -o, by its name:
 * `photo-512x384.jpg` or `photo.compare.png` from a `photo` with any extension.
 */
export function originalsAmong(inputs: readonly Input[]): (input: Input) => Input | undefined {
  const byName = new Map(inputs.toReversed().map((input) => [withoutExtension(input), input]));
  return (input) => {
    const [, original = ''] = /^(.+)(?:-\d+x\d+|\.compare)$/s.exec(withoutExtension(input)) ?? [];
    return byName.get(original);
  };
}

function withoutExtension({ path }: Input): string {
  return path.slice(0, path.length - extname(path).length);
}

/** The input's own extension if it stands for the format, or the format's. */
function extensionFor({ relativePath }: Input, format: ImageFormat, ending = ''): string {
  const own = extname(relativePath);
  return ending === '' && writtenFormat(own) === format ? own : EXTENSION_OF[format];
}
