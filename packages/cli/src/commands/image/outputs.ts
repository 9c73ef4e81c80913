/** Decides where results go: to one file, or to a folder with a file for each input. */
import { existsSync, statSync } from 'node:fs';
import { extname, join, parse, resolve } from 'node:path';
import { IMAGE_EXTENSIONS, IMAGE_FORMATS, type ImageFormat } from '@softpool/media/node';
import { UsageError } from '../../shared/exit-codes.ts';
import { type Input, type Inputs, STDIN } from '../../shared/files/image-files.ts';
import { printable } from '../../shared/text.ts';
import { writtenFormat } from './options.ts';

/** An input and its output. */
export interface Task {
  readonly input: Input;
  /** The path to write; `-` is standard output. */
  readonly output: string;
  /** The format to write. `undefined`: the input's, which is known once it is read. */
  readonly format: ImageFormat | undefined;
}

/** The extensions of formats that are written. */
const EXTENSIONS = Object.keys(IMAGE_EXTENSIONS).filter((extension) => writtenFormat(extension) !== undefined);

/** The extension of each format's files: the first in the table. */
const EXTENSION_OF = Object.fromEntries(
  IMAGE_FORMATS.map((format) => [format, EXTENSIONS.find((extension) => writtenFormat(extension) === format)]),
) as Readonly<Record<ImageFormat, string>>;

/** Flags that outputs depend on. */
export interface OutputOptions {
  readonly output: string;
  readonly format: ImageFormat | undefined;
  readonly compare: boolean;
  readonly force: boolean;
}

/**
 * Decides every output before any work. The output is a folder if it exists as one, ends in a
 * slash, or there are several inputs. A folder or pattern counts as several inputs, however many
 * images it has today, unless the output is an existing file or has the name of an image.
 *
 * @throws UsageError if the output's format is unknown or not PNG for a contact sheet, if two
 * inputs have the same output, or if an input would be replaced.
 */
export function planOutputs({ inputs, named }: Inputs, options: OutputOptions): Task[] {
  if (options.compare && options.format !== undefined && options.format !== 'png')
    throw new UsageError(`--compare writes a contact sheet as png, not ${options.format}`);
  const isFolder = namesFolder(options.output, inputs.length > 1 ? 'files' : named);
  const tasks = inputs.map((input) => (isFolder ? planInFolder(input, options) : planFile(input, options)));
  const byOutput = new Map<string, string>();
  for (const { input, output } of tasks) {
    const path = output === STDIN ? STDIN : resolve(output);
    const other = byOutput.get(path);
    if (other !== undefined)
      throw new UsageError(`${printable(other)} and ${printable(input.path)} would both be written to ${printable(output)}`);
    byOutput.set(path, input.path);
  }
  for (const { output } of tasks) {
    if (output !== STDIN && !options.force && inputs.some(({ path }) => resolve(path) === resolve(output))) {
      throw new UsageError(`${printable(output)} is also an input; use --force to replace it`);
    }
  }
  return tasks;
}

function namesFolder(output: string, named: Inputs['named']): boolean {
  if (output === STDIN) {
    if (named === 'files') throw new UsageError('several inputs cannot be written to standard output; give -o a folder');
    return false;
  }
  if (output === '') throw new UsageError('-o is empty; give it a file, or a folder such as .');
  const exists = existsSync(output);
  if (/[/\\]$/.test(output) || (exists && statSync(output).isDirectory())) return true;
  if (named === 'file') return false;
  const isFile = exists || writtenFormat(output) !== undefined;
  if (named === 'files' && isFile) throw new UsageError(`-o ${printable(output)} is a file; several inputs need a folder`);
  return !isFile;
}

function planInFolder(input: Input, { output, format, compare }: OutputOptions): Task {
  const { dir, name, ext } = parse(input.relativePath);
  if (compare) return { input, output: join(output, dir, `${name}.compare.png`), format: 'png' };
  const own = writtenFormat(ext);
  const written = format ?? own ?? 'png';
  return { input, output: join(output, dir, own === written ? `${name}${ext}` : `${name}${EXTENSION_OF[written]}`), format: written };
}

function planFile(input: Input, { output, format, compare }: OutputOptions): Task {
  if (output === STDIN) return { input, output, format: compare ? 'png' : format };
  const extension = extname(output).toLowerCase();
  const named = writtenFormat(output);
  if (compare && named !== 'png') throw new UsageError(`-o ${printable(output)}: a contact sheet is a PNG; use the extension .png`);
  if (named === undefined && format === undefined) {
    throw new UsageError(
      `-o ${printable(output)}: ${extension === '' ? 'no extension' : `cannot write ${extension}`}; use ${EXTENSIONS.join(', ')}, or --format ${IMAGE_FORMATS.join('|')}`,
    );
  }
  return { input, output, format: format ?? named };
}
