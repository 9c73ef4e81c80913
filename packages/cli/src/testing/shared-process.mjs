// A process that runs the built command as often as its parent says: what a run has loaded stays
// loaded for the next. As in a process of its own, a run has ended when there is nothing left to
// wait for. Then both outputs get the mark of the run, and the parent gets the exit code.
import process, { argv, execPath } from 'node:process';
import { pathToFileURL } from 'node:url';

const [, , command = ''] = argv;
let runs = 0;
let mark = '';

process.on('message', (/** @type {{ folder: string, args: string[], mark: string }} */ run) => {
  ({ mark } = run);
  process.chdir(run.folder);
  process.argv = [execPath, command, ...run.args];
  process.exitCode = undefined;
  // The last run's: each adds its own.
  process.stdout.removeAllListeners('error');
  process.stderr.removeAllListeners('error');
  process.channel?.unref();
  runs += 1;
  void import(`${pathToFileURL(command)}?run=${runs}`); // its address is new: it runs again
});

process.on('beforeExit', () => {
  if (!process.connected || mark === '') return;
  process.stdout.write(mark);
  process.stderr.write(mark);
  mark = '';
  process.chdir('/');
  process.channel?.ref();
  process.send?.(Number(process.exitCode ?? 0));
});
