import { expect, test } from 'vitest';
import { PostponedJobError, UnrecoverableJobError } from './job.ts';
import { receivedError, sentError } from './process-messages.ts';

test.each([
  new Error('no space left'),
  new UnrecoverableJobError('not a tar archive'),
  new PostponedJobError('process 7 has the shard', 30),
])('%s is the same after it was sent as JSON', (error) => {
  const received = receivedError(JSON.parse(JSON.stringify(sentError(error))));
  expect(received).toEqual(error);
  expect(received.constructor).toBe(error.constructor);
});

test('what is thrown without being an error becomes one', () => {
  expect(receivedError(sentError('aborted'))).toEqual(new Error('aborted'));
});
