/** Errors that commander finds in the arguments, in the words of all other errors. */
import type { Command, CommanderError } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { printable } from '../text.ts';

/** Codes of commander for what is missing. It reports the first thing only. */
const MISSING = ['commander.missingArgument', 'commander.missingMandatoryOptionValue'];

/**
 * The error to throw: one line, with control characters made visible, that names all that is
 * missing. Help and the version, which commander also throws, stay as they are.
 *
 * @param name - The words that run the command.
 */
export function argumentsError(error: CommanderError, command: Command, name: string): CommanderError | UsageError {
  if (error.exitCode === 0 || error.code === 'commander.help') return error;
  const message = MISSING.includes(error.code) ? `missing ${missingIn(command).join(', ')}` : inOneLine(error.message);
  return new UsageError(message, { cause: error, command: name });
}

/** The arguments and options that a command needs and did not get. */
function missingIn(command: Command): string[] {
  const missing = command.registeredArguments.filter(({ required }, i) => required && command.args[i] === undefined);
  const options = command.options.filter((option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined);
  return [
    ...missing.map((argument) => `<${argument.name()}${argument.variadic ? '...' : ''}>`),
    ...options.map(({ flags }) => flags.replace(/^-\w, /, '')),
  ];
}

/** "error: …" and a suggestion on a line of its own become one line. */
function inOneLine(message: string): string {
  const [, text = '', suggestion = ''] = /^(?:error: )?(.*?)(?:\n\((Did you mean [^\n]*\?)\))?$/s.exec(message.trimEnd()) ?? [];
  return printable(suggestion === '' ? text : `${text}. ${suggestion}`);
}
