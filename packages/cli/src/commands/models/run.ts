/** Runs `softpool models`. */
import type { BackboneName, BackboneOptions } from '@softpool/models';
import { withFlagNames } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printable } from '../../shared/text.ts';
import { jsonReport, layersTable, networksTable } from './report.ts';

/** What commander makes of the arguments. */
export interface ModelsFlags {
  readonly pool: NonNullable<BackboneOptions['pool']>;
  readonly positions: NonNullable<BackboneOptions['positions']>;
  readonly input?: readonly number[];
  readonly classes?: number;
  readonly auxiliary?: boolean;
  readonly json?: boolean;
}

/** Runs the command; resolves to its exit status. */
export async function runModels(name: string | undefined, flags: ModelsFlags): Promise<number> {
  const { pool, positions, input, classes, auxiliary, json } = flags;
  if (name === undefined) {
    const [given] = Object.entries({ input, classes, auxiliary }).find(([, value]) => value !== undefined) ?? [];
    if (given !== undefined) throw new UsageError(`--${given} is of one network: say which, as in softpool models resnet18 --${given}`);
  }
  requirePackages('@softpool/models', '@tensorflow/tfjs-backend-cpu');
  const { BACKBONE_NAMES, describeBackbone } = await import('@softpool/models');
  if (name !== undefined && !BACKBONE_NAMES.includes(name as BackboneName)) {
    throw new UsageError(`there is no network ${printable(name)}; there are ${BACKBONE_NAMES.join(', ')}`);
  }
  await openCpu();
  const names = name === undefined ? BACKBONE_NAMES : [name as BackboneName];
  const described = names.map((each) => {
    const inputShape = input && withChannels(input, describeBackbone(each).inputShape.length);
    return withFlagNames(() => describeBackbone(each, { pool, positions, inputShape, classes, auxiliary }));
  });
  const [first] = described;
  if (json) process.stdout.write(`${jsonReport(described, name !== undefined)}\n`);
  else process.stdout.write(`${name === undefined || first === undefined ? networksTable(described) : layersTable(first)}\n`);
  return EXIT.ok;
}

/** Nothing is computed, but TensorFlow.js wants a backend; this one starts at once. */
async function openCpu(): Promise<void> {
  const [tf] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-cpu')]);
  tf.enableProdMode(); // or it advises Node's users on standard error to install another package
  await tf.setBackend('cpu');
}

function withChannels(input: readonly number[], rank: number): readonly number[] {
  return input.length === rank - 1 ? [...input, 3] : input;
}
