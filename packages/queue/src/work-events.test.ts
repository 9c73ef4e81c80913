import { expect, test } from 'vitest';
import { parseRedisUrl } from './redis-server.ts';
import { connectionReports, type WorkEvent } from './work-events.ts';

test('a connection that is lost again and again is reported once, and anew once it was restored', () => {
  const kinds: WorkEvent['kind'][] = [];
  const reports = connectionReports(parseRedisUrl('test', 'redis://host'), ({ kind }) => kinds.push(kind));
  const error = new Error('Connection is closed.');
  reports.lost(error);
  reports.lost(error);
  reports.restored();
  reports.lost(error);
  expect(kinds).toEqual(['disconnected', 'connected', 'disconnected']);
});
