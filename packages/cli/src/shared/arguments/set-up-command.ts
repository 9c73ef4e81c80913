/** What all commands have in common: a version, help, and errors that are thrown. */
import { type Command, Help, type Option } from 'commander';
import { VERSION } from '../version.ts';
import { argumentsError } from './commander-errors.ts';

/** The words that run a command, as in `softpool eval merge`. */
export function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** Has a command and its subcommands throw their errors, which `main.ts` prints like all others. */
export function setUpCommand(command: Command): void {
  command.version(VERSION, '-V, --version', 'print the version').helpOption('-h, --help', 'print this help');
  if (command.commands.length > 0) command.helpCommand('help [command]', 'print the help of a command');
  command.configureHelp({ optionDescription });
  command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    throw argumentsError(error, command, fullName(command));
  });
  for (const subcommand of command.commands) setUpCommand(subcommand);
}

/** What an option is for, with its choices before its default, wherever the default is from. */
function optionDescription(option: Option): string {
  const text = Help.prototype.optionDescription(option);
  return text.replace(/ \((default: [^()]*)\) \((choices: [^()]*)\)$/, ' ($2, $1)');
}
