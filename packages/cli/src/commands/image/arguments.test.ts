import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { plain } from '@softpool/testing/pictures';
import { describe, expect, test } from 'vitest';
import { COMMAND, filesBelow, runCli, temporaryFolder } from '../../testing/run-cli.ts';

const HINT = '(see softpool image --help)\n';

/**
 * Runs all command lines at once in a folder with images. Each must be refused with its message.
 */
async function refused(commands: readonly (readonly [words: string | string[], message: string])[]): Promise<void> {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'b.png', 'c/a.png', 'c/b.jpg']) await plain(folder, name);
  const before = await filesBelow(folder);
  const refusals = commands.map(async ([words, message]) => {
    const { status, stdout, stderr } = await runCli(folder, ['image', ...(typeof words === 'string' ? words.split(' ') : words)]);
    expect.soft([words, status, stdout.toString(), stderr]).toEqual([words, 2, '', `${message}\n${HINT}`]);
  });
  await Promise.all(refusals);
  expect(await filesBelow(folder)).toEqual(before);
}

describe('invalid arguments give exit code 2, one line of error and no output:', () => {
  test('unknown names', () =>
    refused([
      ['a.png -o x.png --facter 2', "softpool: unknown option '--facter'. Did you mean --factor?"],
      ['a.png -o x.png --factor 2 --pool-wieghts shared', "softpool: unknown option '--pool-wieghts'. Did you mean --pool-weights?"],
      ['a.png -o x.png --factor 2 --method lanzcos3', invalid('method <name>', 'lanzcos3', `one of ${METHODS}. Did you mean lanczos3`)],
      [['a.png', '--x\u001b[31m'], "softpool: unknown option '--x\\u{1b}[31m'"],
      [['a.png', '--method', '\u001b[31mz'], invalid('method <name>', '\\u{1b}[31mz', `one of ${METHODS}`)],
      ['a.png -o x.png --factor 2 --method sinc', invalid('method <name>', 'sinc', `one of ${METHODS}`)],
      [
        'a.png -o x.png --factor 2 --pool-weights perchannel',
        invalid('pool-weights <kind>', 'perchannel', 'one of perChannel, shared. Did you mean perChannel'),
      ],
      [
        'a.png -o x.png --factor 2 --format gif',
        "softpool: option '--format <names>' argument 'gif' is invalid. GIF is not written. It must be one of jpeg, png, webp, avif, tiff.",
      ],
      [
        'a.png -o x.png --factor 2 --enlarge-by bicubic',
        invalid('enlarge-by <name>', 'bicubic', `one of ${RESAMPLERS}. Did you mean cubic`),
      ],
    ]));

  test('invalid numbers', () =>
    refused([
      ...['0', '-1', '1.5', 'NaN', '', '9'.repeat(400)].map((text): [string[], string] => [
        ['a.png', '-o', 'x.png', '--factor', text],
        invalid('factor <n>', text, 'an integer of at least 1'),
      ]),
      ...['-1', 'Infinity', 'NaN', ''].map((text): [string[], string] => [
        ['a.png', '-o', 'x.png', '--factor', '2', '--beta', text],
        invalid('beta <number>', text, 'a number of at least 0'),
      ]),
      ...['4', '0x4', '4.5x4', '4x4x4'].map((text): [string, string] => [
        `a.png -o x.png --size ${text}`,
        invalid('size <WxH>', text, 'width x height in pixels, such as 640x480'),
      ]),
      ...['0', '-1', '1.5', '0%', '101%', '%', '50 %', ''].map((text): [string[], string] => [
        ['a.png', '-o', 'x.png', '--width', text],
        invalid('width <length>', text, "pixels, an integer of at least 1, or a percentage of the input's side, such as 50%"),
      ]),
      ['a.png -o x.png --kernel 2 --padding -1', invalid('padding <n>', '-1', 'an integer of at least 0')],
      ['a.png -o x.jpg --factor 2 --quality 101', invalid('quality <1-100>', '101', 'an integer from 1 to 100')],
      ['a.png -o x.png --factor 2 --jobs 0', invalid('jobs <n>', '0', 'an integer from 1 to 64')],
      ['a.png -o x.png --factor 2 --max-pixels 1e9', invalid('max-pixels <n>', '1e9', 'an integer of at least 1')],
    ]));

  test('missing and conflicting options', () =>
    refused([
      ['a.png -o x.png', 'softpool: missing size: give --factor N, --kernel N, --size WxH, --width W or --height H'],
      ['a.png -o x.png --factor', "softpool: option '--factor <n>' argument missing"],
      ['a.png -o x.png --factor 2 --size 2x2', 'softpool: --factor and --size exclude each other'],
      ['a.png -o x.png --size 2x2 --width 2', 'softpool: --size and --width or --height exclude each other'],
      ['a.png -o x.png --factor 2 --stride 2', 'softpool: --stride and --padding need --kernel'],
      ['a.png -o x.png --factor 2 --method max --beta 1', 'softpool: --beta is for --method soft, not max; leave it out'],
      [
        'a.png -o x.png --factor 2 --method nearest --pool-weights shared',
        'softpool: --pool-weights is for --method soft, not nearest; leave it out',
      ],
      [
        'a.png -o x.png --factor 2 --method lanczos3 --linear',
        'softpool: --linear is for --method soft, average, max, not lanczos3; leave it out',
      ],
      ['a.png -o x.png --factor 2 --quality 9', 'softpool: --quality is for jpeg, webp, avif and tiff, not png; leave it out'],
      ['a.png --factor 2 --quality 9', 'softpool: --quality is for jpeg, webp, avif and tiff, not png; leave it out'],
      ['. -o out --factor 2 --quality 9 --format png', 'softpool: --quality is for jpeg, webp, avif and tiff, not png; leave it out'],
      ['. -o out/{name}.png --factor 2 --quality 9', 'softpool: --quality is for jpeg, webp, avif and tiff, not png; leave it out'],
      ['a.png -o x.png --factor 2 --quality 9 --compare', 'softpool: --quality and --compare exclude each other'],
      ['a.png -o - --factor 2 --skip-existing', 'softpool: --skip-existing and -o - exclude each other'],
      ['a.png -o x.png --factor 2 --enlarge-by cubic', 'softpool: --enlarge-by needs --compare'],
      ['-o x.png --factor 2', 'softpool: missing images: give files, folders or patterns, or --files LIST'],
      [
        [],
        'softpool: missing images: give files, folders or patterns, or --files LIST; size: give --factor N, --kernel N, --size WxH, --width W or --height H',
      ],
      [
        '-',
        'softpool: missing size: give --factor N, --kernel N, --size WxH, --width W or --height H; output of standard input: give -o FILE, or -o - for standard output',
      ],
      ['a.png -o x.png --factor 2 --fit cover', 'softpool: --fit needs --size, or --width and --height'],
      ['a.png -o x.png --width 2 --fit cover', 'softpool: --fit needs --size, or --width and --height'],
      ['a.png -o x.png --size 2x2 --position top', 'softpool: --position needs --fit cover'],
      ['a.png -o x.png --factor 2 --smaller skip', 'softpool: --smaller needs --width, --height or --size'],
      ['a.png -o x.png --factor 2 --force --skip-existing', 'softpool: --force and --skip-existing exclude each other'],
      ['a.png -o x.png --factor 2 --compare --pages all', 'softpool: --pages all and --compare exclude each other'],
    ]));

  test('impossible outputs', () =>
    refused([
      ['a.png b.png -o x.png --factor 2', 'softpool: -o x.png is a file; several inputs need a folder'],
      ['a.png none.png -o x.png --factor 2', 'softpool: -o x.png is a file; several inputs need a folder'],
      [
        ['a.png', 'c', '-o', '', '--factor', '2'],
        "softpool: option '-o, --output <path>' argument '' is invalid. It must not be empty; the current folder is a dot.",
      ],
      ['a.png b.png -o - --factor 2', 'softpool: several inputs cannot be written to standard output; give -o a folder'],
      ['a.png -o - --factor 2 --json', 'softpool: --json and -o - both write to standard output; give -o a file'],
      ['a.png c/a.png -o out --factor 2', 'softpool: a.png and c/a.png would both be written to out/a.png'],
      ['b.png c/b.jpg -o out --factor 2 --format webp', 'softpool: b.png and c/b.jpg would both be written to out/b.webp'],
      ['b.png c/b.jpg -o out --factor 2 --compare', 'softpool: b.png and c/b.jpg would both be written to out/b.compare.png'],
      ['a.png -o out/ --factor 2 --compare --format jpg', 'softpool: --compare writes a contact sheet as png, not jpeg'],
      [
        'a.png -o x.webp --factor 2 --format webp,avif',
        'softpool: -o x.webp is one file; several formats need a folder, or a name with {ext}',
      ],
      [
        'a.png -o {name}.webp --factor 2 --format webp,avif',
        'softpool: several formats of a.png would be written to a.webp; use {ext} in -o',
      ],
      [
        'a.png -o {name}-{size}.png --factor 2',
        'softpool: -o {name}-{size}.png: unknown field {size}; use {name}, {ext}, {width}, {height}, {dir}, {factor}, {method}',
      ],
      ['a.png -o {name}-{factor}.png --width 2', 'softpool: -o {name}-{factor}.png: {factor} needs --factor'],
      ['a.png -o out/{name}/ --factor 2', 'softpool: -o out/{name}/ names a folder; end it with a file name such as {name}.{ext}'],
      ['a.png c/a.png -o out/{name}.{ext} --factor 2', 'softpool: a.png and c/a.png would both be written to out/a.png'],
      ['a.png b.png -o out/x.png --factor 2 --force', 'softpool: -o out/x.png is a file; several inputs need a folder'],
      ['a.png -o x.jpg --factor 2 --compare', 'softpool: -o x.jpg: a contact sheet is a PNG; use the extension .png'],
      ['a.png -o x.jpg --factor 2 --format png', 'softpool: -o x.jpg ends in .jpg, but --format is png; leave out one of them'],
      ['a.png -o {name}.GIF --factor 2 --format webp', 'softpool: -o {name}.GIF ends in .gif, but --format is webp; leave out one of them'],
      [
        'a.png -o x.gif --factor 2',
        'softpool: -o x.gif: cannot write .gif; use .jpg, .jpeg, .jpe, .jfif, .jif, .png, .webp, .avif, .tiff, .tif, or --format jpeg|png|webp|avif|tiff',
      ],
      [
        'a.png -o x --factor 2',
        'softpool: -o x: no extension; use .jpg, .jpeg, .jpe, .jfif, .jif, .png, .webp, .avif, .tiff, .tif, or --format jpeg|png|webp|avif|tiff',
      ],
    ]));
});

const RESAMPLERS = 'nearest, linear, cubic, mitchell, lanczos2, lanczos3';
const METHODS = `soft, average, max, ${RESAMPLERS}`;

function invalid(option: string, text: string, must: string): string {
  return `softpool: option '--${option}' argument '${text}' is invalid. It must be ${must}${must.includes('Did') ? '?' : '.'}`;
}

test('softpool without a command prints the help, and an unknown command prints the nearest one; both exit with 2', async () => {
  const [none, wrong] = await Promise.all([runCli(tmpdir(), []), runCli(tmpdir(), ['imagge', 'a.png'])]);
  expect([none.status, none.stdout.toString()]).toEqual([2, '']);
  expect(none.stderr).toMatch(/^Usage: softpool \[options\] \[command\]\n(.*\n)* {2}image /);
  expect([wrong.status, wrong.stdout.toString()]).toEqual([2, '']);
  expect(wrong.stderr).toBe("softpool: unknown command 'imagge'. Did you mean image?\n(see softpool --help)\n");
});

test('--version prints the version of the package, for every command', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
  const runs = await Promise.all([['--version'], ['-V'], ['image', '--version']].map((args) => runCli(tmpdir(), args)));
  for (const { status, stdout, stderr } of runs) expect([status, stdout.toString(), stderr]).toEqual([0, `${version}\n`, '']);
});

test('--help explains the default β, and lists methods and exit codes; softpool --help lists the command', async () => {
  const [ofAll, ofImage, alike] = await Promise.all(
    [['--help'], ['image', '--help'], ['help', 'image']].map((args) => runCli(tmpdir(), args)),
  );
  for (const run of [ofAll, ofImage, alike]) expect([run?.status, run?.stderr]).toEqual([0, '']);
  expect(ofAll?.stdout.toString()).toMatch(/\n {2}image .*\n/);
  const text = ofImage!.stdout.toString();
  expect(alike?.stdout.toString()).toBe(text);
  expect(Number((1 / 0.225).toFixed(2))).toBe(4.44);
  const words = text.replaceAll(/\s+/g, ' ');
  expect(words).toContain("4.44 = 1/0.225: β = 1 on pixels divided by ImageNet's standard deviation, as in the paper's published pictures");
  expect(words).toContain('all channels of a pixel share one weight');
  for (const method of METHODS.split(', ')) expect(text).toContain(`"${method}"`);
  for (const code of ['0 success', '1 failure', '2 invalid arguments', '130 or 143 interrupted']) expect(text).toContain(code);
});

describe('a closed pipe is not an error:', () => {
  /** Runs the command after the reader of its output has closed the pipe. */
  async function unread(folder: string, args: string): Promise<{ stdout: string; stderr: string }> {
    const script = `{ sleep 0.3; "$0" "$1" ${args}; } | true`;
    return promisify(execFile)('bash', ['-o', 'pipefail', '-c', script, ...COMMAND], { cwd: folder });
  }

  test('help ends silently', async () => {
    expect(await unread(tmpdir(), 'image --help')).toEqual({ stdout: '', stderr: '' });
  });

  test('all images are written', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a.png', 'b.png', 'c.png']) await plain(folder, `in/${name}`);
    await unread(folder, 'image in -o out --factor 2 --jobs 1 2>&1');
    expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'b.png', 'c.png']);
  });
});
