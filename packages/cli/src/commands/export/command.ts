/** `softpool export`: its options and its help. */
import { Command } from 'commander';
import { dryRunOption, forceOption, jsonOption, layoutOption, outputOption, quietOption } from '../../shared/arguments/options.ts';
import { EXIT_CODES_HELP } from '../../shared/exit-codes.ts';
import type { ExportFlags } from './run.ts';

const HELP = `
A run is exported with its best weights. A model.json must be that of a layers model, saved by
TensorFlow.js or converted from Keras. Layers without an ONNX counterpart are reported all at once.

SoftPool is a function of standard operators, which every runtime of opset 17 can run. --inline
writes the operators themselves, for runtimes without functions.

${EXIT_CODES_HELP}

Examples:
  softpool export runs/resnet20 -o resnet20.onnx --layout channelsFirst
  softpool export model/model.json -o model.onnx --inline`;

/** The command. `finish` gets its exit code. */
export function exportCommand(finish: (code: number) => void): Command {
  return new Command('export')
    .summary('write a TensorFlow.js model or a run as ONNX')
    .description('Write a TensorFlow.js layers model, or the network of a run, as an ONNX model.')
    .argument('<model>', 'a TensorFlow.js model.json or its folder, or the folder of a run of softpool train')
    .addOption(outputOption('file', 'ONNX file to write').makeOptionMandatory())
    .option('--inline', 'write SoftPool as operators, for runtimes without functions')
    .addOption(layoutOption('axis order of inputs and outputs (default: channelsLast, as in TensorFlow.js)'))
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .addHelpText('after', HELP)
    .action(async (model: string, flags: ExportFlags) => {
      const { runExport } = await import('./run.ts');
      finish(await runExport(model, flags));
    });
}
