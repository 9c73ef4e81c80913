/** Redis servers for tests: on this machine only, on a free port, in a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that runs. */
export interface TestRedis {
  readonly port: number;
  /** Its URL, with the password if it has one. */
  readonly url: string;
  /** Kills the server and starts it again on its port: without its data, unless it persists. */
  restart(): Promise<void>;
  /** Kills the server; `restart` starts it again. */
  kill(): Promise<void>;
  /** Stops the server, and removes its folder. */
  stop(): Promise<void>;
}

/** Options of a server. */
export interface TestRedisOptions {
  readonly password?: string;
  /** Keep the data when it is restarted. */
  readonly persists?: boolean;
  /** Further arguments, such as `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly args?: readonly string[];
}

/** Starts Debian's redis-server. Resolves when it accepts connections. */
export async function startRedis({ password, persists = false, args = [] }: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-redis-'));
  const port = await freePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  words.push('--appendonly', persists ? 'yes' : 'no', '--appendfsync', 'always');
  if (password !== undefined) words.push('--requirepass', password);
  let server = await run([...words, ...args]);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  };
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    kill,
    async restart() {
      await kill();
      server = await run([...words, ...args]);
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function run(args: readonly string[]): Promise<ChildProcess> {
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // A test that is killed must not leave the server behind.
  const kill = (): void => void server.kill('SIGKILL');
  process.once('exit', kill);
  server.once('exit', () => process.off('exit', kill));
  return new Promise((resolve, reject) => {
    let output = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with code ${code}: ${output}`)));
    server.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve(server);
    });
  });
}
