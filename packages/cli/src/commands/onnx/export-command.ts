/** `softpool onnx export`: its options and its help. */
import { Command } from 'commander';
import { type ExportFlags, runExport } from './export.ts';

const HELP = `
Takes the folder of a run of softpool train, whose best weights it writes, or the model.json of a layers model, saved by TensorFlow.js or converted from
Keras. Layers are written as after training, and are called as they are. Layers that ONNX has nothing for are named, all at once.

Soft pooling is a function of standard operators, which every runtime of opset 17 can run. --inline writes the operators themselves, for runtimes without
functions.

Exit status: 0 all done, 1 it could not be done, and nothing was written, 2 the arguments make no sense, 129, 130 or 143 interrupted.

Examples:
  softpool onnx export runs/resnet20 -o resnet20.onnx --channels-first
  softpool onnx export model/model.json -o model.onnx --inline`;

/** The command. `finish` gets its exit status. */
export function exportCommand(finish: (status: number) => void): Command {
  return new Command('export')
    .summary('write a model of TensorFlow.js as ONNX')
    .description('Write a model of TensorFlow.js as ONNX.')
    .argument('<model>', 'the folder of a run, or a model.json; the files of its weights lie beside it')
    .requiredOption('-o, --output <file>', 'the model to write')
    .option('--inline', 'write soft pooling as operators, not as a function')
    .option('--channels-first', 'inputs and outputs as [N, C, H, W]; otherwise they are [N, H, W, C], as in TensorFlow.js')
    .option('--json', 'print what was done as JSON')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', HELP)
    .action(async (model: string, flags: ExportFlags) => finish(await runExport(model, flags)));
}
