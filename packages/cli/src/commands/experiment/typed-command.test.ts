import { expect, test } from 'vitest';
import { typedCommand } from './typed-command.ts';

test.each([['-o', 'my runs'], ['--output', 'runs'], ['--output=runs'], ['-oruns'], ['--resume', '--quiet', '--json'], ['--force']])(
  'the command of a report is without %s',
  (...without) => {
    const words = ['experiment', 'video', '--seeds', '3'];
    expect(typedCommand([...words, ...without])).toBe('softpool experiment video --seeds 3');
    expect(typedCommand(['experiment', 'video', ...without, '--seeds', '3'])).toBe('softpool experiment video --seeds 3');
  },
);

test('words that a shell would change are quoted', () => {
  expect(typedCommand(['experiment', 'downsampling', '--data', "my pictures/Anna's", 'textured-shapes?samples=9&size=8'])).toBe(
    String.raw`softpool experiment downsampling --data 'my pictures/Anna'\''s' 'textured-shapes?samples=9&size=8'`,
  );
});
