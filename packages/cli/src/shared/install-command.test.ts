// What the command says to install, by where it is installed itself.
import { folderOf } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import { installCommand } from './install-command.ts';

const FILE = 'node_modules/@softpool/cli/dist/shared/install-command.js';

test.each([
  ['globally', 'lib/other.txt', `lib/${FILE}`, 'npm install --global @softpool/training webgpu'],
  ['in a project', 'package.json', FILE, 'npm install @softpool/training webgpu'],
  ['from source', 'package.json', 'packages/cli/dist/shared/install-command.js', 'npm install @softpool/training webgpu'],
])('a command that is installed %s', async (_, beside, here, expected) => {
  const folder = await folderOf({ [beside]: '{}' });
  expect(installCommand(['@softpool/training', 'webgpu'], `${folder}/${here}`)).toBe(expected);
});
