/** `softpool image` in shards. */
import { relative } from 'node:path';
import { readImage } from '@softpool/media/internal/pictures';
import { lengthText } from '../../shared/arguments/values.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { checkDistinct } from '../../shared/files/distinct-outputs.ts';
import { IMAGES } from '../../shared/files/image-files.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import type { Processor, ProcessorOutput, ShardedCommand } from '../../shared/shards/command.ts';
import { sidesOf } from '../../shared/sides.ts';
import { printable } from '../../shared/text.ts';
import { checkArguments } from './check-arguments.ts';
import { DEFAULT_MEMORY, memoryShare } from './memory.ts';
import { folderOfTemplate, isTemplate } from './names.ts';
import { type ImageFlags, readOptions } from './options.ts';
import { type Naming, namingInArchives, namingOf } from './outputs.ts';
import { resultsOf, sourceOf } from './process.ts';
import { SMALLER, sizingOf } from './sizing.ts';

/** What `softpool image` supplies. */
export const IMAGE_SHARDS: ShardedCommand<ImageFlags> = {
  name: 'image',
  searched: IMAGES,
  check(sources, flags, kind) {
    checkArguments(sources, flags);
    const { output, compare, skipExisting } = flags;
    if (output === undefined) throw new UsageError('missing output: shards need a folder, such as -o out/');
    if (output === STANDARD_STREAM || sources.includes(STANDARD_STREAM))
      throw new UsageError('shards cannot use standard input or output; only --files can be -');
    if (compare) throw new UsageError('--compare is for single images, not for shards');
    if (skipExisting) throw new UsageError('--skip-existing is not for shards, which know what is done; leave it out');
    if (kind === 'archives' && isTemplate(output)) {
      throw new UsageError(`-o ${printable(output)}: results of an archive keep their names; give a folder, such as -o out/`);
    }
  },
  settings({ output = '', factor, kernel, stride, padding, fit, position, smaller, method, beta, poolWeights, linear, ...flags }) {
    const { size, width, height, format, quality, profile, metadata, pages } = flags;
    return {
      ...{ factor, kernel, stride, padding, width: lengthText(width), height: lengthText(height), size: size?.join('x') },
      ...{ fit, position, smaller, method, beta, poolWeights, linear },
      ...{ format: format?.join(','), quality, profile, metadata, pages },
      // The folder of a job can have another path on another machine.
      output: isTemplate(output) ? relative(folderOfTemplate(output), output) : undefined,
    };
  },
  folder: ({ output = '' }) => (isTemplate(output) ? folderOfTemplate(output) : output),
  async processFiles(inputs, flags) {
    const naming = namingOf({ inputs, problems: [], passedOver: [], named: 'files' }, flags);
    const named = inputs.filter((input) => !naming.needsHeader(input)).map((input) => ({ input, outputs: naming.outputsOf(input) }));
    await checkDistinct(named, flags.force === true);
    return processor(naming, flags);
  },
  processMembers: async (flags) => processor(namingInArchives(flags), flags),
  stop() {},
};

function processor(naming: Naming, flags: ImageFlags): Processor {
  const { jobs, memory = DEFAULT_MEMORY, padding } = flags;
  return {
    needsFiles: false,
    jobs,
    memory,
    memoryOf: (source) => memoryShare(source, memory, padding),
    async process({ source: given, refuse, ...input }) {
      if (!naming.needsHeader(input)) for (const { path } of naming.outputsOf(input)) await refuse(path);
      const source = typeof given === 'string' ? await sourceOf(given, flags) : given;
      const picture = await readImage(source, readOptions(flags));
      const sizing = sizingOf(picture, flags);
      if (sizing === undefined) return { skipped: SMALLER };
      const sides = { from: sidesOf(picture), to: sidesOf(sizing) };
      const named = naming.outputsOf(input, { format: picture.format, sides: sizing });
      const outputs: ProcessorOutput[] = [];
      for await (const { output, bytes } of resultsOf(picture, source, named, sizing, flags)) {
        await refuse(output.path);
        outputs.push({ path: output.path, content: bytes, ...sides });
      }
      return { outputs };
    },
  };
}
