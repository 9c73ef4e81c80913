/** Options that several commands have, each with the same words everywhere. */
import { Option } from 'commander';
import { integer, notEmpty, number, oneOf, type Parser, shardOf } from './values.ts';

/** An option that takes one of a few words. */
export function choice<T extends string>(flags: string, description: string, words: readonly T[], preset?: T): Option {
  const option = new Option(flags, description).choices([...words]).argParser(oneOf(words));
  return preset === undefined ? option : option.default(preset, preset);
}

/** A variadic option: a list whose values are parsed one by one. */
export function list<T>(flags: string, description: string, parse: Parser<T>, preset?: readonly T[]): Option {
  const option = new Option(flags, description).argParser((text: string, before: readonly T[] | undefined) => [
    ...(before === undefined || before === preset ? [] : before),
    parse(text),
  ]);
  return preset === undefined ? option : option.default(preset, preset.join(' '));
}

/** A variadic option that takes several of a few words. */
export function choices<T extends string>(flags: string, description: string, words: readonly T[], preset?: readonly T[]): Option {
  const option = list(flags, description, oneOf(words), preset);
  option.argChoices = [...words];
  return option;
}

/** `-o, --output`, with what is written there. */
export function outputOption(placeholder: 'file' | 'folder' | 'path', description: string): Option {
  return new Option(`-o, --output <${placeholder}>`, description).argParser(notEmpty);
}

/** `--force`. */
export function forceOption(what = 'existing files'): Option {
  return new Option('--force', `replace ${what}`);
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'print the result as JSON');
}

/** `--quiet`. */
export function quietOption(): Option {
  return new Option('--quiet', 'print only warnings, errors, and JSON with --json');
}

/** `--dry-run`. */
export function dryRunOption(): Option {
  return new Option('--dry-run', 'print what would be written, without writing it');
}

/** `--beta`. */
export function betaOption(preset: number | string = 1): Option {
  return new Option('--beta <number>', `sharpness of SoftPool, ≥ 0: 0 averages, large values approach max (default: ${preset})`).argParser(
    number({ least: 0 }),
  );
}

/** `--pool-weights`. */
export function poolWeightsOption(preset: 'perChannel' | 'shared' = 'perChannel'): Option {
  const words = 'SoftPool weights: each channel its own (perChannel), or one for all channels (shared)';
  return choice('--pool-weights <kind>', `${words} (default: ${preset})`, ['perChannel', 'shared']);
}

/** `--gradient`. */
export function gradientOption(): Option {
  const words = "gradient of SoftPool: the paper's (weights), or the true derivative (exact)";
  return choice('--gradient <kind>', `${words} (default: weights)`, ['weights', 'exact']);
}

/** `--seed`, with what the random numbers are used for. */
export function seedOption(purpose: string, preset: number | string = 0): Option {
  return new Option('--seed <integer>', `random seed (${purpose}) (default: ${preset})`).argParser(
    integer({ least: -(2 ** 31), most: 2 ** 31 - 1 }),
  );
}

/** Options of commands whose work can be done in shards. */
export function shardOptions(): Option[] {
  return [
    new Option('--files <list>', 'file with a path in each line, - for standard input'),
    new Option('--shard <I/N>', 'do only shard I of N, from 1/N to N/N').argParser(shardOf),
    new Option(
      '--shards <n>',
      'number of shards; the index is that of a Kubernetes, AWS Batch or Slurm job array, from its variables',
    ).argParser(integer({ least: 1, most: 999_999_999 })),
    new Option('--retry-failed', 'in a job in shards, also do the inputs that failed before'),
  ];
}

/** `--for`. */
export function targetOption(): Option {
  const words = 'where the ONNX model runs, for the fastest operators: CPUs (cpu), GPUs (gpu), or every device and runtime (any)';
  return choice('--for <target>', `${words} (default: any)`, ['cpu', 'gpu', 'any']);
}

/** `--layout`. */
export function layoutOption(description: string): Option {
  return choice('--layout <order>', description, ['channelsFirst', 'channelsLast']);
}

/** `--threads`. */
export function threadsOption(): Option {
  return new Option('--threads <n>', 'number of ONNX Runtime threads, from 1 to 1024 (default: the number of processor cores)').argParser(
    integer({ least: 1, most: 1024 }),
  );
}
