/** PyTorch, where Debian's python3-torch is installed, in a process that computes when asked. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import process, { stderr } from 'node:process';
import { createInterface } from 'node:readline';
import type { Subject } from './subjects.ts';

const PYTHON = '/usr/bin/python3';
const PROGRAM = 'private/bench/pytorch.py';

/** Whether PyTorch is installed; says so if it is not. */
export function hasPyTorch(): boolean {
  const isInstalled = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;
  if (!isInstalled) stderr.write('PyTorch is not measured: install it with apt-get install python3-torch\n');
  return isInstalled;
}

interface Python {
  /** Computes what a line asks for. */
  ask(line: string): Promise<void>;
  /** Ends its input, and so the process. */
  end(): void;
}

const processes = new Map<string, Python>();

/** 2×2/2 pooling in PyTorch. A pipe to its process adds less than a tenth of a millisecond. */
export function pyTorch(subject: 'average' | 'composition', threads: number): Subject {
  return ({ inputShape }) => {
    const key = inputShape.join(' ');
    const python = processes.get(key) ?? startPython(inputShape);
    processes.set(key, python);
    return () => python.ask(`${subject} ${threads}`);
  };
}

/** Ends the processes, which would keep this one alive. */
export function endPyTorch(): void {
  for (const { end } of processes.values()) end();
}

function startPython(shape: readonly number[]): Python {
  // Its threads must not go on looking for work while the next subject is measured.
  const env = { ...process.env, OMP_WAIT_POLICY: 'passive' };
  const child: ChildProcess = spawn(PYTHON, [PROGRAM, ...shape.map(String)], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('bench: Python has no pipes');
  let answer = (): void => {};
  createInterface(stdout).on('line', () => answer());
  return {
    ask: (line) =>
      new Promise((resolve) => {
        answer = resolve;
        stdin.write(`${line}\n`);
      }),
    end: () => stdin.end(),
  };
}
