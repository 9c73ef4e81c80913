/** Runs `softpool eval`. */
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { detectModel, kindInWords } from '../../shared/models/detect-model.ts';
import { refuseInputs } from '../../shared/models/refuse-outputs.ts';
import { DEFAULTS } from '../../shared/networks/flags.ts';
import { dataInWords, sampleWord } from '../../shared/networks/network.ts';
import { requireTensorFlow } from '../../shared/packages.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { percent, printable, threeDigits } from '../../shared/text.ts';
import { networkSubject } from './network.ts';
import { onnxSubject } from './onnx-file.ts';
import { checkOutputs, outputPaths, printPlan, writeOutputs } from './outputs.ts';
import type { EvalFlags, Subject } from './subject.ts';

/** Runs the command and resolves to its exit code. */
export async function runEval(given: EvalFlags): Promise<number> {
  const { shard, dryRun = false, quiet = false } = given;
  if (shard !== undefined && shard.count > 1 && given.output === undefined && given.json !== true) {
    throw new UsageError('--shard needs --output shard.json or --json');
  }
  await checkOutputs(given);
  requireTensorFlow(given.backend ?? DEFAULTS.backend, '@softpool/training', '@softpool/models');
  const subject = await subjectOf(given);
  try {
    const { dataSet, words, plan, files } = subject;
    await refuseInputs(outputPaths(given), [...files, ...(given.classes ? [given.classes] : [])]);
    const text = `${words}; ${dataInWords(dataSet)}`;
    if (dryRun) {
      const data = { name: dataSet.name, samples: dataSet.labels.length, classes: dataSet.classes.length };
      printPlan(text, { ...plan, data, shard }, given);
      return EXIT.ok;
    }
    if (!quiet) process.stderr.write(`${text}\n`);
    await evaluateSubject(subject, given);
    return EXIT.ok;
  } finally {
    await subject.close();
  }
}

/** An ONNX file, or a network by name or of a run. */
async function subjectOf(given: EvalFlags): Promise<Subject> {
  const { model, weights } = given;
  const { BACKBONE_NAMES } = await import('@softpool/models');
  if (model !== undefined && !(BACKBONE_NAMES as readonly string[]).includes(model) && /[./\\]/.test(model)) {
    const detected = await detectModel(model);
    if (detected.kind === 'onnx') return await onnxSubject(detected.path, given);
    throw new UsageError(`${kindInWords(detected)}; --model takes a network by name or an ONNX file`);
  }
  if (weights === undefined || weights === null) {
    throw new UsageError('missing weights: give --weights runs/name, or a file; or --model with an ONNX file');
  }
  return await networkSubject(weights, given);
}

async function evaluateSubject({ model, dataSet, transform, settings, batchSize }: Subject, given: EvalFlags): Promise<void> {
  const { evaluate } = await import('@softpool/training/node');
  const { shard, maxCorrupt, quiet = false } = given;
  const unit = sampleWord(transform.inputShape.slice(0, -1));
  const bar = createProgressBar({ quiet });
  try {
    const result = await evaluate({
      ...{ model, dataSet, transform, batchSize, shard, maxCorrupt, settings },
      onCorrupt: ({ reason }) => bar.line(`softpool: skipped: ${printable(reason)}`),
      onProgress: ({ done, total, samplesPerSecond, top1 }) =>
        bar.update(done, total, `${done}/${total} | top-1 ${percent(top1)} | ${threeDigits(samplesPerSecond)} ${unit}/s`),
    });
    bar.stop();
    await writeOutputs(result, given);
  } finally {
    bar.stop();
  }
}
