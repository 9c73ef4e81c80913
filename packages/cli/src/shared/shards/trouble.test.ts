import { VideoError } from '@softpool/media/node';
import { expect, test } from 'vitest';
import { ShardError, troubleOf } from './trouble.ts';

test.each([
  ...['EAGAIN', 'EBUSY', 'ECONNRESET', 'EDQUOT', 'EHOSTDOWN', 'EINTR', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM'],
  ...['ENOSPC', 'ENOTCONN', 'EREMOTEIO', 'ESTALE', 'ETIMEDOUT'],
])('%s is tried again, also as the cause of another error', (code) => {
  const error = Object.assign(new Error('from the system'), { code });
  expect(troubleOf(error)).toMatchObject({ exitCode: 75 });
  expect(troubleOf(new Error('cannot write out/a.png: …', { cause: error }))).toMatchObject({
    exitCode: 75,
    message: 'cannot write out/a.png: …',
  });
});

test('an ffmpeg that was killed, or found no space, is tried again', () => {
  expect(troubleOf(new VideoError('killed', 'ffmpeg was killed'))).toMatchObject({ exitCode: 75, message: 'ffmpeg was killed' });
  expect(troubleOf(new VideoError('no space', 'no space'))).toMatchObject({ exitCode: 75 });
});

test.each([
  new Error('not an image'),
  new VideoError('unreadable', 'damaged'),
  Object.assign(new Error('permission denied'), { code: 'EACCES' }),
  'no error',
])('other errors are those of an input: %s', (error) => {
  expect(troubleOf(error)).toBeUndefined();
});

test('errors of a shard stay as they are', () => {
  const error = new ShardError(65, 'cut off');
  expect(troubleOf(error)).toBe(error);
});
