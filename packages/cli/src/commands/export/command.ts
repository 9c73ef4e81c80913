/** `softpool export`: its options and its help. */
import { Command } from 'commander';
import {
  betaOption,
  choice,
  dryRunOption,
  forceOption,
  jsonOption,
  layoutOption,
  outputOption,
  poolWeightsOption,
  quietOption,
  targetOption,
} from '../../shared/arguments/options.ts';
import { extent, integer } from '../../shared/arguments/values.ts';
import { EXIT_CODES_HELP, type SetExitCode } from '../../shared/exit-codes.ts';
import { POOLS, POSITIONS } from '../../shared/networks/choices.ts';
import { onThread } from '../../shared/thread.ts';
import type { ExportFlags } from './run.ts';

const HELP = `
A run is exported with its best weights. For one of the networks of softpool models give --model, and
--weights with a file. Inputs must be normalized as in training; the mean and
standard deviation of each channel, on a 0–1 scale, are printed. A model.json must be that of a
layers model, saved by TensorFlow.js or converted from Keras. Layers without an ONNX counterpart are
reported all at once.

SoftPool is a function of standard operators of opset 17. --inline writes the operators themselves,
for runtimes without functions.

${EXIT_CODES_HELP}

Examples:
  softpool export runs/resnet20 -o resnet20.onnx --layout channelsFirst
  softpool export --model resnet18 --weights resnet18.pth -o resnet18.onnx
  softpool export model/model.json -o model.onnx --inline`;

/** The command. `setExitCode` gets its exit code. */
export function exportCommand(setExitCode: SetExitCode): Command {
  return new Command('export')
    .summary('write a TensorFlow.js model or a run as ONNX')
    .description('Write a TensorFlow.js layers model, or the network of a run, as an ONNX model.')
    .argument('[model]', 'a TensorFlow.js model.json or its folder, or the folder of a run of softpool train')
    .addOption(outputOption('file', 'ONNX file to write').makeOptionMandatory())
    .option('--model <name>', 'network (softpool models lists them), with --weights')
    .option('--weights <file>', 'weights of --model: .safetensors or .pth')
    .option('--except <modules...>', 'modules of --weights that are not loaded, such as AuxLogits')
    .option('--weights-prefix <text>', 'prefix that is removed from the names in --weights (such as _orig_mod.)')
    .option('--classes <n>', 'number of classes of --model (default: that of its published weights)', integer({ least: 1 }))
    .option('--input-size <size>', "height x width, or frames x height x width, of --model (default: the network's)", extent)
    .addOption(choice('--pool <kind>', 'kind of pooling of --model (default: soft)', POOLS))
    .addOption(choice('--positions <which>', "pooling layers of --model to make soft: the paper's, or all (default: paper)", POSITIONS))
    .addOption(betaOption())
    .addOption(poolWeightsOption())
    .option('--inline', 'write SoftPool as operators, for runtimes without functions')
    .addOption(targetOption())
    .addOption(layoutOption('axis order of inputs and outputs (default: channelsLast, as in TensorFlow.js)'))
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .addHelpText('after', HELP)
    .action(async (model: string | undefined, flags: ExportFlags) => {
      setExitCode(await onThread(async () => (await import('./run.ts')).runExport(model, flags)));
    });
}
