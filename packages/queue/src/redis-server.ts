/**
 * The Redis server: its URL, and connections to it. Nothing here puts a password into a message, or
 * a user name that can be told from a word, and no error of ioredis is passed on as it is: it holds
 * the arguments of the command that failed, which can be the password.
 */
import type { Redis } from 'ioredis';
import { loadIoredis } from './peers.ts';

/** The oldest version with all commands that BullMQ uses. */
const OLDEST = [6, 2] as const;

/** A server. */
export interface RedisServer {
  /** Its address without user name and password, such as `redis://127.0.0.1:6379`. */
  readonly address: string;
  /** How ioredis connects to it. */
  readonly options: {
    readonly host: string;
    readonly port: number;
    readonly db: number;
    readonly username?: string;
    readonly password?: string;
    readonly tls?: object;
  };
  /** A text without the password, and without the user name where it is not just a word. */
  readonly redact: (text: string) => string;
}

/** The Redis server cannot be used. */
export class RedisServerError extends Error {
  /** `'RedisServerError'`. */
  override readonly name = 'RedisServerError';
  /** Whether it may work later, without a change: no server answers, or the connection is lost. */
  readonly isTemporary: boolean;

  /**
   * Creates the error.
   *
   * @param message - One line, without user name and password.
   * @param isTemporary - Whether it may work later, without a change.
   */
  constructor(message: string, isTemporary: boolean) {
    super(message);
    this.isTemporary = isTemporary;
  }
}

/** The URL of a server is invalid. The message does not repeat it. */
export class RedisUrlError extends TypeError {
  /** `'RedisUrlError'`. */
  override readonly name = 'RedisUrlError';
  /** What is wrong with the URL, and what it must be, to follow its name in a message. */
  readonly problem: string;

  /**
   * Creates the error.
   *
   * @param call - The function that was called.
   * @param problem - What is wrong with the URL.
   */
  constructor(call: string, problem: string) {
    const advice = 'write redis://[user:password@]host[:port][/database], or rediss:// for TLS';
    super(`${call}: options.url ${problem}; ${advice}`);
    this.problem = `${problem}; ${advice}`;
  }
}

/** Reads a URL such as `rediss://user:password@host:6379/0`. */
export function parseRedisUrl(call: string, url: unknown): RedisServer {
  const fail = (problem: string): never => {
    throw new RedisUrlError(call, problem);
  };
  if (typeof url !== 'string' || url === '') return fail('must be the URL of a Redis server');
  const parsed = URL.canParse(url.trim()) ? new URL(url.trim()) : fail('is not a URL');
  const { protocol, username, password, pathname, port } = parsed;
  if (!['redis:', 'rediss:'].includes(protocol)) fail('must start with redis:// or rediss://');
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (host === '') fail('has no host');
  if (parsed.search !== '' || parsed.hash !== '') fail('has parameters after the database, which are not supported');
  const [, database = ''] = /^\/(\d*)$/.exec(pathname) ?? (pathname === '' ? [] : fail('must have the number of a database as its path'));
  const credentials = [username, password].map((each) => decoded(each) ?? fail('has a % that encodes no character'));
  const [user = '', secret = ''] = credentials;
  return {
    address: `${protocol}//${parsed.hostname}:${port || 6379}${database === '' || database === '0' ? '' : `/${database}`}`,
    options: {
      host,
      port: Number(port || 6379),
      db: Number(database),
      ...(user !== '' && { username: user }),
      ...(secret !== '' && { password: secret }),
      // Node checks the certificate, with the authorities of NODE_EXTRA_CA_CERTS too.
      ...(protocol === 'rediss:' && { tls: {} }),
    },
    redact: redactor([user, username], [secret, password]),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Shorter user names are removed from URLs only: they can be a word of the message. */
const SHORTEST_NAME = 3;

/**
 * Removes passwords wherever they are, also inside words, and user names that are whole words or
 * stand in a URL.
 */
function redactor(users: readonly string[], passwords: readonly string[]): (text: string) => string {
  const secrets = longestFirst(passwords);
  const names = longestFirst(users).map((user) => {
    const name = escaped(user);
    const word = user.length < SHORTEST_NAME ? '' : `|(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`;
    return new RegExp(`(?<=//)${name}(?=[:@])${word}`, 'gu');
  });
  return (text) => {
    const safe = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    return names.reduce((rest, name) => rest.replace(name, '***'), safe);
  };
}

/** So that no part of a secret stays that begins with another one. */
function longestFirst(texts: readonly string[]): string[] {
  return texts.filter((text) => text !== '').sort((one, other) => other.length - one.length);
}

/** A text as a part of a regular expression. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/**
 * Connects for commands that are answered at once. Rejects within `seconds` if no server answers,
 * if it refuses us, or if it is too old. A lost connection rejects commands; it is not restored.
 *
 * @param warn - Gets what the user should change on the server.
 */
export async function connectOnce(server: RedisServer, seconds: number, warn: (message: string) => void): Promise<Redis> {
  const { Redis } = await loadIoredis();
  const milliseconds = seconds * 1000;
  const client = new Redis({
    ...server.options,
    lazyConnect: true,
    enableReadyCheck: false, // it waits for as long as a server loads its data
    connectTimeout: milliseconds,
    commandTimeout: milliseconds,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let reason: unknown;
  client.on('error', (error) => {
    reason = error;
  });
  try {
    await client.connect();
    checkServer(server, await client.info(), warn);
    return client;
  } catch (error) {
    disconnect(client);
    throw redisError(server, reason ?? error);
  }
}

/**
 * A connection for a worker: it is restored whenever it is lost, until `isStopped`. Commands
 * wait for that.
 *
 * @param isStopped - Whether it is no longer needed.
 */
export async function keepConnected(server: RedisServer, isStopped: () => boolean): Promise<Redis> {
  const { Redis } = await loadIoredis();
  return new Redis({
    ...server.options,
    maxRetriesPerRequest: null, // BullMQ needs it
    retryStrategy: (attempt) => (isStopped() ? null : Math.min(attempt * 200, 5000)),
  });
}

/** Ends a connection. ioredis waits 2 seconds to disconnect one that has ended. */
export function disconnect(client: { readonly status: string; disconnect(): void }): void {
  if (client.status !== 'end') client.disconnect();
}

/** An error of ioredis or BullMQ as one of ours. */
export function redisError(server: RedisServer, error: unknown): Error {
  if (error instanceof RedisServerError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const at = `the Redis server at ${server.address}`;
  if (/^(?:WRONGPASS|ERR invalid password)/.test(message)) return new RedisServerError(`${at} refused the user name or password`, false);
  if (/^NOAUTH/.test(message)) return new RedisServerError(`${at} needs a password, which its URL does not have`, false);
  if (['ECONNRESET', 'EPIPE'].includes(code) || /^Connection is closed|^Command aborted|max retries per request/i.test(message)) {
    return new RedisServerError(`the connection to ${at} was lost`, true);
  }
  if (/^Unknown RESP type/.test(message)) {
    return new RedisServerError(`what answers at ${server.address} is not a Redis server`, false);
  }
  if (/CERT|SIGNATURE/.test(code)) {
    const hint = 'name your authority in NODE_EXTRA_CA_CERTS';
    return new RedisServerError(`the certificate of ${at} is not trusted (${server.redact(message)}); ${hint}`, false);
  }
  if (code !== '' || /timed out|ETIMEDOUT/.test(message)) {
    return new RedisServerError(`no Redis server answers at ${server.address}: ${NETWORK[code] ?? server.redact(message)}`, true);
  }
  return new RedisServerError(`${at} failed: ${server.redact(message)}`, false);
}

const NETWORK: Partial<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ETIMEDOUT: 'timed out',
};

/** Throws if the server is too old or not ready, and warns if it may drop jobs. */
function checkServer(server: RedisServer, info: string, warn: (message: string) => void): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = field('redis_version');
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version !== undefined && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))) {
    throw new RedisServerError(
      `the Redis server at ${server.address} is version ${version}; ${OLDEST.join('.')} or later is needed`,
      false,
    );
  }
  if (field('loading') === '1') {
    throw new RedisServerError(`no Redis server answers at ${server.address}: it is loading its data`, true);
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warn(`the Redis server at ${server.address} may drop jobs: its maxmemory-policy is ${policy}; set it to noeviction`);
  }
}
