/** `softpool swap`: its options and its help. */
import { POOLING_KINDS } from '@softpool/surgery';
import { Command, Option } from 'commander';
import {
  betaOption,
  choice,
  choices,
  dryRunOption,
  forceOption,
  gradientOption,
  jsonOption,
  outputOption,
  poolWeightsOption,
  quietOption,
  targetOption,
} from '../../shared/arguments/options.ts';
import { EXIT_CODES_HELP, type SetExitCode } from '../../shared/exit-codes.ts';
import { MODEL_ARGUMENT } from '../../shared/models/detect-model.ts';
import { onThread } from '../../shared/thread.ts';
import type { SwapFlags } from './run.ts';

const HELP = `
Weights, names and output shapes stay. An ONNX model gets SoftPool as a function of standard
operators, for opsets 11 to 26; for runtimes without functions, add --inline. External weights stay
where they are, so the new file must be in the same folder. A TensorFlow.js model gets the layers or
ops of @softpool/tfjs: import that package before you load the model, and call registerGraphOps() of
@softpool/tfjs/graph before you load a graph model. A run is written as a TensorFlow.js model.

The folder of a Hugging Face model, as transformers.js reads it, becomes another one: each variant in
onnx/ is changed alike (fp32, fp16, quantized, q4 and so on), or none, and all other files are copied.

Max pooling 3×3/2 becomes 2×2/2, as in the paper's networks, if its outputs keep their size; the
zeros that a ResNet puts around it are dropped. --window same keeps every window. Global pooling
stays unless --from names it.

${EXIT_CODES_HELP}

Examples:
  softpool swap resnet18.onnx -o resnet18-soft.onnx
  softpool swap model/model.json -o soft --from max average --where block1_pool block2_pool --beta 2
  softpool swap soft/model.json -o max --from soft --to max
  softpool swap models/resnet-18 -o models/resnet-18-soft
  softpool swap resnet18.onnx -o resnet18-soft.onnx --dry-run`;

/** The command. `setExitCode` gets its exit code. */
export function swapCommand(setExitCode: SetExitCode): Command {
  return new Command('swap')
    .summary('replace the pooling of a model')
    .description('Replace pooling layers of a model with SoftPool, or SoftPool with max or average pooling.')
    .argument('<model>', MODEL_ARGUMENT)
    .addOption(outputOption('path', 'file (ONNX) or folder (all others) to write').makeOptionMandatory())
    .addOption(choices('--from <kinds...>', 'kinds of pooling to replace; required with --to max', POOLING_KINDS, ['max']))
    .addOption(choice('--to <kind>', 'replacement pooling; only soft for ONNX models', ['soft', 'max', 'average'], 'soft'))
    .addOption(
      new Option('--where <names...>', 'layers to replace: names, paths or indices, as inspect lists them (default: all of --from)'),
    )
    .addOption(
      choice('--window <kind>', 'window in place of max pooling 3×3/2: 2×2/2 (paper), or 3×3/2 (same) (default: paper)', ['paper', 'same']),
    )
    .addOption(betaOption())
    .addOption(poolWeightsOption())
    .addOption(gradientOption())
    .addOption(new Option('--inline', 'write SoftPool as operators, for runtimes without functions (ONNX only)'))
    .addOption(targetOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .addHelpText('after', HELP)
    .action(async (model: string, flags: SwapFlags) => {
      setExitCode(await onThread(async () => (await import('./run.ts')).runSwap(model, flags)));
    });
}
