/** `softpool queue` and its subcommands: options and help. */
import { Command, Option } from 'commander';
import { jsonOption, quietOption } from '../../shared/arguments/options.ts';
import { integer, seconds } from '../../shared/arguments/values.ts';
import { type SetExitCode, UsageError } from '../../shared/exit-codes.ts';
import { printable } from '../../shared/text.ts';
import type { AddFlags } from './add.ts';
import type { QueueFlags } from './open-queue.ts';
import type { StatusFlags } from './status.ts';
import type { WorkFlags } from './work.ts';

/** Exit codes, with what 1 is for. */
function exitCodes(failure = 'failure'): string {
  return `Exit codes: 0 success, 1 ${failure}, 2 invalid arguments or a missing package,
75 no Redis server answers, 129, 130 or 143 interrupted.`;
}

const HELP = `
The server is named by the variable REDIS_URL, or by the file of --redis-file, which holds the URL:
redis://[user:password@]host[:port][/database], or rediss:// for TLS. It must be Redis 6.2 or later (or
Valkey) with maxmemory-policy noeviction.

Each entry of the queue is a shard, as softpool image --shard runs it. The files in the output folder say
what is done, so the server may lose its data: add the same again, and only missing shards are done.

${exitCodes('failure, also of a shard or an input')}

Examples:
  export REDIS_URL=redis://127.0.0.1:6379
  softpool queue add image 'in-{000000..000019}.tar' -o out/ --factor 2
  softpool queue work --concurrency 2
  softpool queue status --watch
  softpool queue retry`;

const ADD_HELP = `
Give the options of this command before the name of the other one, whose arguments follow. Archives (.tar) are
a shard each; for files and folders, give --shards N. Shards that are done are left out.

Relative paths are those of the folder in which workers run: start them in the same folder, or give absolute
paths.

${exitCodes()}

Examples:
  softpool queue add image 'in-{000000..000019}.tar' -o out/ --factor 2
  softpool queue add image photos/ -o small/ --width 640 --shards 50
  softpool queue add --attempts 5 video clips/ -o small/ --factor 2 --shards 200`;

const WORK_HELP = `
Each shard runs in a process of its own. Start as many workers as you like, on as many machines: the shards of
a worker that is killed run elsewhere. SIGTERM and Ctrl-C stop a worker: it takes no further shard, and its
shards get --grace-period seconds to finish. Then they stop between two inputs, and go back into the queue
within 5 seconds.

${exitCodes('failure, also of a shard or an input')}

Examples:
  softpool queue work
  softpool queue work --concurrency 2 --until-empty`;

/** Creates the command. `setExitCode` gets its exit code. */
export function queueCommand(setExitCode: SetExitCode): Command {
  return new Command('queue')
    .summary('run shards on workers that come and go, with Redis')
    .description('Run the shards of softpool image and video on workers that come and go, with BullMQ on Redis.')
    .enablePositionalOptions()
    .addCommand(addCommand(setExitCode))
    .addCommand(workCommand(setExitCode))
    .addCommand(statusCommand(setExitCode))
    .addCommand(retryCommand(setExitCode))
    .addHelpText('after', HELP);
}

function addCommand(setExitCode: SetExitCode): Command {
  return withQueueOptions(new Command('add'))
    .summary('add the shards of a job')
    .description('Add the shards of a job of softpool image or video.')
    .argument('<image|video>', 'the command whose shards are added')
    .argument('[arguments...]', 'its arguments, as on the command line')
    .passThroughOptions()
    .option('--attempts <n>', 'number of times a shard is started before it counts as failed', integer({ least: 1 }), 3)
    .option('--backoff <seconds>', 'wait before the second attempt, in seconds; it doubles each time', seconds(0), 10)
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', ADD_HELP)
    .action(async (command: string, args: string[], flags: AddFlags) => {
      if (command !== 'image' && command !== 'video')
        throw new UsageError(`add takes the shards of image or video, not of ${printable(command)}`);
      const { runAdd } = await import('./add.ts');
      setExitCode(await runAdd({ command, args }, flags));
    });
}

function workCommand(setExitCode: SetExitCode): Command {
  return withQueueOptions(new Command('work'))
    .summary('run shards until it is stopped')
    .description('Run shards of the queue until it is stopped.')
    .option('--concurrency <n>', 'number of shards that run at once', integer({ least: 1 }), 1)
    .option('--until-empty', 'end when no shard waits or runs, here or elsewhere')
    .option('--grace-period <seconds>', 'seconds that running shards get to finish when the worker is stopped', seconds(0), 20)
    .option(
      '--lock-duration <seconds>',
      'seconds without a heartbeat after which the shards of a worker run elsewhere, ≥ 1',
      seconds(1),
      30,
    )
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', WORK_HELP)
    .action(async (flags: WorkFlags) => {
      const { runWork } = await import('./work.ts');
      setExitCode(await runWork(flags));
    });
}

function statusCommand(setExitCode: SetExitCode): Command {
  return withQueueOptions(new Command('status'))
    .summary('show what waits, runs and has failed')
    .description('Show how many shards wait, run, are done and have failed, which run, and why others failed.')
    .option('--watch', 'show it again every 2 seconds, until no shard waits or runs')
    .addOption(jsonOption())
    .addHelpText('after', `\n${exitCodes('failure, also of a shard')}`)
    .action(async (flags: StatusFlags) => {
      const { runStatus } = await import('./status.ts');
      setExitCode(await runStatus(flags));
    });
}

function retryCommand(setExitCode: SetExitCode): Command {
  return withQueueOptions(new Command('retry'))
    .summary('put failed shards back into the queue')
    .description('Put all failed shards back into the queue, with all their attempts.')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', `\n${exitCodes()}`)
    .action(async (flags: QueueFlags) => {
      const { runRetry } = await import('./retry.ts');
      setExitCode(await runRetry(flags));
    });
}

function withQueueOptions(command: Command): Command {
  return command
    .option('--redis-file <file>', 'file that holds the URL of the Redis server (default: the variable REDIS_URL)')
    .addOption(new Option('--queue <name>', 'name of the queue on the server').default('softpool', 'softpool'));
}
