// What users are told when the server cannot be used, and that credentials appear nowhere.
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { freePort } from '@softpool/testing/redis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openShardQueue } from './index.ts';
import { parseRedisUrl } from './redis-server.ts';
import { testFolder, testQueue } from './testing/workers.ts';

/** The error of opening a queue, with all that a logger could print of it. */
async function failure(url: string, timeout = 30): Promise<{ message: string; isTemporary: unknown; printed: string }> {
  const error = await openShardQueue({ url, timeout }).then(
    () => expect.unreachable(),
    (reason: unknown) => reason,
  );
  const { message, isTemporary } = error as Error & { isTemporary?: boolean };
  return { message, isTemporary, printed: inspect(error, { depth: 10, showHidden: true }) };
}

/** A server of our own, which answers as it is told. */
async function fakeServer(onData: (socket: Socket, text: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('data', (data) => onData(socket, data.toString()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `redis://127.0.0.1:${typeof address === 'object' && address?.port}`;
}

test.for([
  ['', 'must be the URL of a Redis server'],
  [undefined, 'must be the URL of a Redis server'],
  ['localhost hunter2', 'is not a URL'],
  ['http://:hunter2@host', 'must start with redis:// or rediss://'],
  ['redis://', 'has no host'],
  ['redis://:hunter2@host/zero', 'must have the number of a database as its path'],
  ['redis://:hunter2@host/0?family=6', 'has parameters after the database, which are not supported'],
  ['redis://:hunter2%@host', 'has a % that encodes no character'],
] as const)('the URL %s is refused without being repeated', async ([url, problem]) => {
  const { message, printed } = await failure(url as string);
  expect(message).toBe(
    `openShardQueue: options.url ${problem}; write redis://[user:password@]host[:port][/database], or rediss:// for TLS`,
  );
  expect(printed).not.toContain('hunter2');
});

test('a URL gives host, port, database, user, password and TLS', () => {
  const { address, options } = parseRedisUrl('test', ' rediss://me:a%2Fb%40c@cache.example:6380/2\n');
  expect(address).toBe('rediss://cache.example:6380/2');
  expect(options).toEqual({ host: 'cache.example', port: 6380, db: 2, username: 'me', password: 'a/b@c', tls: {} });
  expect(parseRedisUrl('test', 'redis://[::1]')).toMatchObject({
    address: 'redis://[::1]:6379',
    options: { host: '::1', port: 6379, db: 0 },
  });
});

test('user name and password are removed from texts, as they are and as the URL writes them', () => {
  const { redact } = parseRedisUrl('test', 'redis://me-too:a%2Fb%40c@host');
  expect(redact('AUTH me-too a/b@c at redis://me-too:a%2Fb%40c@host')).toBe('AUTH *** *** at redis://***:***@host');
});

test.for([
  ['u', 'secret', 'connection refused for u at redis://***:***@host, redis://***@host'],
  ['refused', 'secret', 'connection *** for u at redis://u:***@host, redis://u@host'],
  ['con', 'secret', 'connection refused for u at redis://u:***@host, redis://u@host'],
  ['secret-u', 'secret', 'connection refused for u at redis://u:***@host, redis://u@host'],
  ['', 'secret', 'connection refused for u at redis://u:***@host, redis://u@host'],
  ['', 'fuse', 'connection re***d for u at redis://u:secret@host, redis://u@host'],
  ['', '', 'connection refused for u at redis://u:secret@host, redis://u@host'],
] as const)('with user "%s" and password "%s", words stay whole but for passwords', ([user, password, redacted]) => {
  const { redact } = parseRedisUrl('test', `redis://${user}:${password}@host`);
  expect(redact('connection refused for u at redis://u:secret@host, redis://u@host')).toBe(redacted);
});

test('a short user name does not garble why no server answers', async () => {
  const port = await freePort();
  expect((await failure(`redis://u:secret@127.0.0.1:${port}`)).message).toBe(
    `no Redis server answers at redis://127.0.0.1:${port}: connection refused`,
  );
});

test.for(['a.c', 'a+b', '(', '[x', '$&', 'a\\\\b', '-^]'])('the password %s is removed as it is', (password) => {
  const { redact } = parseRedisUrl('test', `redis://:${encodeURIComponent(password)}@host`);
  expect(redact(`AUTH ${password} abc aab`)).toBe('AUTH *** abc aab');
});

test('the password of the URL is used, and a wrong or missing one is refused in words', async () => {
  const { redis } = await testQueue({ password: 'right/p@ss' }); // opened with it
  const at = `the Redis server at redis://127.0.0.1:${redis.port}`;
  const wrong = await failure(`redis://:hunter2%2F@127.0.0.1:${redis.port}`);
  expect(wrong).toMatchObject({ message: `${at} refused the user name or password`, isTemporary: false });
  const user = await failure(`redis://somebody:hunter2%2F@127.0.0.1:${redis.port}`);
  expect(user).toMatchObject({ message: `${at} refused the user name or password`, isTemporary: false });
  const none = await failure(`redis://127.0.0.1:${redis.port}`);
  expect(none).toMatchObject({ message: `${at} needs a password, which its URL does not have`, isTemporary: false });
  expect(wrong.printed + user.printed + none.printed).not.toMatch(/hunter2|somebody|right/);
});

test('the reason of a failed job has no password', async () => {
  const { redis, queue } = await testQueue({ password: 'right/p@ss' });
  await queue.add([{ shard: 'in-0', options: {}, version: '1' }], { attempts: 1 });
  const events: unknown[] = [];
  const run = async () => {
    throw new Error(`cannot log ${redis.url}`);
  };
  await queue.work({ run, untilEmpty: true, onEvent: (event) => events.push(event) });
  const { failures } = await queue.status();
  expect(failures).toEqual([{ shard: 'in-0', reason: `cannot log redis://:***@127.0.0.1:${redis.port}`, attempts: 1 }]);
  expect(inspect(events)).not.toMatch(/right/);
});

test('nothing that ioredis or BullMQ print has the password', async () => {
  const spies = (['log', 'warn', 'error', 'info'] as const).map((name) => vi.spyOn(console, name).mockReturnValue());
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const { redis } = await testQueue(); // needs no password: ioredis warns about that
  const queue = await openShardQueue({ url: `redis://:hunter2@127.0.0.1:${redis.port}` });
  await queue.work({ run: async () => {}, untilEmpty: true });
  await queue.close();
  expect(inspect(spies.map(({ mock }) => mock.calls))).not.toContain('hunter2');
});

test('where no server listens, that is said', async () => {
  const port = await freePort();
  expect(await failure(`redis://:hunter2@127.0.0.1:${port}`)).toMatchObject({
    message: `no Redis server answers at redis://127.0.0.1:${port}: connection refused`,
    isTemporary: true,
  });
});

test('a server that does not answer is given up after the time limit', async () => {
  const url = await fakeServer(() => {});
  expect(await failure(url.replace('//', '//:hunter2@'), 0.3)).toMatchObject({
    message: expect.stringMatching(/^no Redis server answers at redis:\/\/127\.0\.0\.1:\d+: /),
    isTemporary: true,
  });
});

test('a server that is too old is refused with its version', async () => {
  const info = '# Server\r\nredis_version:5.0.14\r\n';
  const url = await fakeServer((socket, text) => {
    for (const [, command = ''] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      if (/hello/i.test(command)) socket.write('-ERR unknown command `hello`, with args beginning with: `3`, `AUTH`, `hunter2`\r\n');
      else socket.write(/info/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
    }
  });
  const { message, isTemporary, printed } = await failure(url.replace('//', '//:hunter2@'));
  expect([message, isTemporary]).toEqual([`the Redis server at ${url} is version 5.0.14; 6.2 or later is needed`, false]);
  expect(printed).not.toContain('hunter2');
});

test('a server that loads its data is not waited for', async () => {
  const info = 'redis_version:7.0.15\r\nloading:1\r\nloading_eta_seconds:600';
  const url = await fakeServer((socket, text) => {
    for (const [, command = ''] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      socket.write(/info/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
    }
  });
  const { message, isTemporary } = await failure(url);
  expect([message, isTemporary]).toEqual([`no Redis server answers at ${url}: it is loading its data`, true]);
});

test('another server than Redis is named as that', async () => {
  const url = await fakeServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const { message, isTemporary } = await failure(url.replace('//', '//:hunter2@'));
  expect([message, isTemporary]).toEqual([`what answers at ${url} is not a Redis server`, false]);
});

test('a server that may drop jobs is warned about', async () => {
  const { redis } = await testQueue({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  const warnings: string[] = [];
  const queue = await openShardQueue({ url: redis.url, onWarning: (message) => warnings.push(message) });
  await queue.close();
  expect(warnings).toEqual([`the Redis server at ${redis.url} may drop jobs: its maxmemory-policy is allkeys-lru; set it to noeviction`]);
});

test('a call on a server that has gone rejects instead of waiting for it', async () => {
  const { redis, queue } = await testQueue({ password: 'hunter2' });
  await redis.kill();
  const error = await queue.status().catch((reason: unknown) => reason);
  expect((error as Error).message).toBe(`the connection to the Redis server at redis://127.0.0.1:${redis.port} was lost`);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
});

test('rediss:// is TLS: the certificate is checked, with the authorities of NODE_EXTRA_CA_CERTS', async () => {
  const folder = await testFolder();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...names], {
    stdio: 'ignore',
  });
  const port = await freePort();
  const args = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
  await testQueue({ args });
  const url = `rediss://127.0.0.1:${port}`;
  expect((await failure(url)).message).toBe(
    `the certificate of the Redis server at ${url} is not trusted (self-signed certificate); name your authority in NODE_EXTRA_CA_CERTS`,
  );
  const script = `
    const { openShardQueue } = await import('@softpool/queue');
    const queue = await openShardQueue({ url: ${JSON.stringify(url)} });
    console.log(await queue.add([{ shard: 'in-0', options: {}, version: '1' }]));
    console.log(await queue.work({ run: async () => {}, untilEmpty: true }));
    await queue.close();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
  });
  expect([stdout, stderr]).toEqual(['{ added: 1, again: 0, present: 0 }\n{ completed: 1, failed: 0, returned: 0 }\n', '']);
});

test.for(['bullmq', 'ioredis'])('without the package %s, one line says what to install', async (name) => {
  const folder = await testFolder();
  mkdirSync(join(folder, 'node_modules/@softpool'), { recursive: true });
  cpSync('packages/queue/dist', join(folder, 'node_modules/@softpool/queue/dist'), { recursive: true });
  cpSync('packages/queue/package.json', join(folder, 'node_modules/@softpool/queue/package.json'));
  for (const other of ['bullmq', 'ioredis'].filter((each) => each !== name)) {
    symlinkSync(resolve(`node_modules/${other}`), join(folder, 'node_modules', other));
  }
  const script = `
    const { openShardQueue } = await import('@softpool/queue');
    console.log(await openShardQueue({ url: 'redis://127.0.0.1:1' }).catch(({ message }) => message));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' });
  expect(stdout).toBe(`@softpool/queue needs the package ${name}: npm install ${name}\n`);
});
