import { expect, test } from 'vitest';
import { ownFiles } from './own-files.ts';

test('an earlier file that cannot be read now does not count as changed', async () => {
  const earlier = [{ name: 'mem', sha256: '' }];
  const files = ownFiles(new Map([['a.png', { key: 'a.png', status: 'skipped', earlier, seconds: 0 }]]));
  // Linux has no memory at address 0: reading it is an error of input and output.
  await expect(files.has('a.png', 'mem', '/proc/self/mem')).rejects.toThrow('/proc/self/mem: the disk cannot read it');
  expect(await files.has('a.png', 'mem', '/missing')).toBe(false);
});
