/** Where results go: one file, or a folder with a file for each input. */
import { existsSync, statSync } from 'node:fs';
import { extname, join, parse, resolve } from 'node:path';
import { IMAGE_FORMATS, type ImageFormat } from '@softpool/media/node';
import { UsageError } from '../../shared/exit-codes.ts';
import { type Input, type Inputs, STDIN } from '../../shared/files/image-files.ts';
import { printable } from '../../shared/text.ts';

/** An input and what becomes of it. */
export interface Task {
  readonly input: Input;
  /** The path to write; `-` is standard output. */
  readonly output: string;
  /** The format to write; without one it is the input's own, which is known once it is read. */
  readonly format: ImageFormat | undefined;
}

const EXTENSIONS: Readonly<Record<string, ImageFormat>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.avif': 'avif',
  '.tif': 'tiff',
  '.tiff': 'tiff',
};

/** The extension of a format's files. */
const EXTENSION_OF: Readonly<Record<ImageFormat, string>> = {
  jpeg: '.jpg',
  png: '.png',
  webp: '.webp',
  avif: '.avif',
  tiff: '.tiff',
};

/** The options that decide. */
export interface OutputOptions {
  readonly output: string;
  readonly format: ImageFormat | undefined;
  readonly compare: boolean;
  readonly force: boolean;
}

/**
 * Decides every output before any work. An output that is an existing folder or ends in a slash, or more than a single file to read, mean a
 * folder, which does not depend on how many images a folder or pattern has today; only if it has one may the output be an image's name.
 *
 * @throws UsageError if the output's format is unknown or none of a contact sheet's, two inputs would have one output, or an input would be replaced.
 */
export function planOutputs({ inputs, named }: Inputs, options: OutputOptions): Task[] {
  if (options.compare && options.format !== undefined && options.format !== 'png')
    throw new UsageError(`--compare writes a contact sheet, which is a PNG and not ${options.format}`);
  const isFolder = namesFolder(options.output, inputs.length > 1 ? 'files' : named);
  const tasks = inputs.map((input) => (isFolder ? planInFolder(input, options) : planFile(input, options)));
  const byOutput = new Map<string, string>();
  for (const { input, output } of tasks) {
    const path = output === STDIN ? STDIN : resolve(output);
    const other = byOutput.get(path);
    if (other !== undefined)
      throw new UsageError(`${printable(other)} and ${printable(input.path)} would both become ${printable(output)}`);
    byOutput.set(path, input.path);
  }
  for (const { output } of tasks) {
    if (output !== STDIN && !options.force && inputs.some(({ path }) => resolve(path) === resolve(output))) {
      throw new UsageError(`${printable(output)} is also an input; give --force to replace it`);
    }
  }
  return tasks;
}

function namesFolder(output: string, named: Inputs['named']): boolean {
  if (output === STDIN) {
    if (named === 'files') throw new UsageError('several inputs cannot all go to standard output; give -o a folder');
    return false;
  }
  if (output === '') throw new UsageError('-o is empty; give it a file or a folder, which may be .');
  const isThere = existsSync(output);
  if (/[/\\]$/.test(output) || (isThere && statSync(output).isDirectory())) return true;
  if (named === 'file') return false;
  const isFile = isThere || EXTENSIONS[extname(output).toLowerCase()] !== undefined;
  if (named === 'files' && isFile) throw new UsageError(`-o ${printable(output)} is a file; for several inputs it must be a folder`);
  return !isFile;
}

function planInFolder(input: Input, { output, format, compare }: OutputOptions): Task {
  const { dir, name, ext } = parse(input.relativePath);
  if (compare) return { input, output: join(output, dir, `${name}.compare.png`), format: 'png' };
  const own = EXTENSIONS[ext.toLowerCase()];
  const written = format ?? own ?? 'png';
  return { input, output: join(output, dir, own === written ? `${name}${ext}` : `${name}${EXTENSION_OF[written]}`), format: written };
}

function planFile(input: Input, { output, format, compare }: OutputOptions): Task {
  if (output === STDIN) return { input, output, format: compare ? 'png' : format };
  const extension = extname(output).toLowerCase();
  const named = EXTENSIONS[extension];
  if (compare && named !== 'png') throw new UsageError(`-o ${printable(output)}: a contact sheet is a PNG; end its name in .png`);
  if (named === undefined && format === undefined) {
    throw new UsageError(
      `-o ${printable(output)}: ${extension === '' ? 'the name has no extension' : `${extension} is not a format that is written`}; use ${Object.keys(EXTENSIONS).join(', ')}, or give --format ${IMAGE_FORMATS.join('|')}`,
    );
  }
  return { input, output, format: format ?? named };
}
