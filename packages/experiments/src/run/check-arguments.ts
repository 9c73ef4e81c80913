/** Checks of the arguments of `runExperiment`, before anything is read or written. */
import { isAbsolute } from 'node:path';
import { checkKeys, checkOneOf, checkSignal, rangeError, typeError } from 'softpool/internal';

const CALL = 'runExperiment';
const FLAGS = ['resume', 'force', 'dryRun'] as const;
const CALLBACKS = ['onProgress', 'onWarning'] as const;

/** Throws a RangeError or TypeError for invalid options of `runExperiment`. */
export function checkRunOptions(options: unknown): void {
  checkKeys(CALL, options, ['output', 'command', 'signal', ...FLAGS, ...CALLBACKS]);
  const given = options as Readonly<Record<string, unknown>>;
  const { output, command = '', signal } = given;
  if (typeof output !== 'string' || output === '') throw typeError(CALL, 'options.output', 'the path of a folder', output);
  if (typeof command !== 'string') throw typeError(CALL, 'options.command', 'a string', command);
  for (const name of FLAGS) checkOneOf(CALL, `options.${name}`, given[name] ?? false, [true, false]);
  for (const name of CALLBACKS) {
    if (typeof (given[name] ?? isAbsolute) !== 'function') throw typeError(CALL, `options.${name}`, 'a function', given[name]);
  }
  checkSignal(CALL, signal);
}

/** Throws unless the settings can be written, and each run has a folder of its own. */
export function checkExperiment(experiment: unknown): void {
  const { settings, runs } = (experiment ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(runs)) throw typeError(CALL, 'experiment', 'an experiment with runs', experiment);
  if (typeof settings !== 'object' || settings === null) throw typeError(CALL, 'experiment.settings', 'an object', settings);
  checkWritable(settings);
  const ids = new Set<unknown>();
  for (const [index, run] of runs.entries()) {
    const id: unknown = run?.id;
    checkId(`experiment.runs[${index}].id`, id);
    if (ids.has(id)) throw rangeError(CALL, `experiment.runs[${index}].id`, 'different from the earlier ids', id);
    ids.add(id);
  }
}

function checkWritable(settings: object): void {
  try {
    JSON.stringify(settings);
  } catch (error) {
    throw new TypeError(`${CALL}: experiment.settings cannot be written as JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** An id is the path of the run's folder, which must not lead out of the experiment's. */
function checkId(option: string, id: unknown): void {
  if (typeof id !== 'string') throw typeError(CALL, option, 'a string', id);
  const hasEmptyName = id.split('/').some((name) => name === '' || name === '.');
  const leadsOut = isAbsolute(id) || id.split(/[/\\]/).includes('..');
  if (!hasEmptyName && !leadsOut && !id.includes('\0')) return;
  throw rangeError(CALL, option, "a relative path without empty names, '.', '..' or NUL", id);
}
