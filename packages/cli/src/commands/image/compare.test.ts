import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareMethods, type Resampler, readImage } from '@softpool/media/node';
import { fromSamples, look, noise, plain, save } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';

interface Report {
  files: {
    input: string;
    output: string;
    from: { width: number; height: number };
    to: { width: number; height: number };
    seconds: number;
    enlargedBy: string;
    methods: { method: string; ssim: number | string; psnr: number | string; seconds: number }[];
  }[];
  failures: { input: string; reason: string }[];
}

/** The cells of a table, line by line. */
function cells(stdout: Buffer): string[][] {
  const lines = stdout.toString().split('\n');
  return lines
    .filter((line) => line.startsWith('│'))
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** A checkerboard: each 2 × 2 window has two black and two white pixels. */
function checkerboard(): ReturnType<typeof fromSamples> {
  const pixels = Array.from({ length: 24 * 24 }, (_, i) => ((i + Math.floor(i / 24)) % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
  return fromSamples(pixels, 24);
}

/** PSNR in dB of the checkerboard and one gray: 10 log10(255² / mean squared difference). */
function psnrOfGray(gray: number): number {
  return 10 * Math.log10(255 ** 2 / ((gray ** 2 + (255 - gray) ** 2) / 2));
}

/**
 * SSIM of the checkerboard and one gray, without variance and covariance: the terms of means and
 * constants.
 */
function ssimOfGray(gray: number): number {
  const [c1, c2, mean] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2, 127.5];
  return ((2 * mean * gray + c1) / (mean ** 2 + gray ** 2 + c1)) * (c2 / (mean ** 2 + c2));
}

test('the figures match the definitions, for a checkerboard that becomes one gray', async () => {
  const folder = await temporaryFolder();
  await save(checkerboard(), folder, 'in.png');
  // Two of four weights are e^(1/0.225), the others 1.
  const soft = Math.round(255 / (1 + Math.exp(-1 / 0.225)));
  const grays: Record<string, number> = { soft, average: 128, max: 255 };
  const run = await runImage(folder, 'in.png -o out.png --factor 2 --compare --json');
  expect(run.status).toBe(0);
  const { files } = JSON.parse(run.stdout.toString()) as Report;
  for (const [method, gray] of Object.entries(grays)) {
    const row = files[0]!.methods.find((row) => row.method === method)!;
    expect(row.psnr).toBeCloseTo(psnrOfGray(gray), 8);
    expect(row.ssim).toBeCloseTo(ssimOfGray(gray), 5);
  }
  const table = await runImage(folder, 'in.png -o sheets/ --factor 2 --compare');
  const [head, first, second, third] = cells(table.stdout);
  expect(head).toEqual(['file', 'size', 'method', 'SSIM', 'PSNR dB', 'ms']);
  const figures = (gray: number): string[] => [
    ssimOfGray(gray).toFixed(4),
    psnrOfGray(gray).toFixed(2),
    expect.stringMatching(/^\d+\.\d$/),
  ];
  expect(first).toEqual(['in.png', '12 × 12', 'soft', ...figures(soft)]);
  expect(second).toEqual(['', '', 'average', ...figures(128)]);
  expect(third).toEqual(['', '', 'max', ...figures(255)]);
});

test('--compare writes a contact sheet for each image and prints one table with a legend; bad files are left out', async () => {
  const folder = await temporaryFolder();
  await save(noise(40, 30), folder, 'in/a.jpg');
  await save(noise(24, 36), folder, 'in/deep/b.png');
  await writeFile(join(folder, 'in/c.png'), 'Dear reader');
  const { status, stdout, stderr } = await runImage(folder, 'in -o out --width 10 --compare');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^in\/a\.jpg 40×30 → out\/a\.compare\.png 10×8 \(\d+ ms\)\n/);
  expect(stderr).toContain('softpool: in/c.png: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image\n');
  const rows = cells(stdout).slice(1);
  expect(rows.map(([file, size, method]) => [file, size, method])).toEqual([
    ['in/a.jpg', '10 × 8', 'soft'],
    ...['average', 'max', 'nearest', 'lanczos3'].map((method) => ['', '', method]),
    ['in/deep/b.png', '10 × 15', 'soft'],
    ...['average', 'max', 'nearest', 'lanczos3'].map((method) => ['', '', method]),
  ]);
  const text = stdout.toString().replaceAll(/\s+/g, ' ');
  expect(text).toContain('compare the original with each result, enlarged to full size by cubic, in 8-bit sRGB');
  expect(text).toContain('not which small image looks best. Another resampler can rank the methods differently');
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.compare.png', 'deep/b.compare.png']);
  for (const name of ['a', 'deep/b']) {
    const sheet = await look(join(folder, `out/${name}.compare.png`));
    expect(sheet.format).toBe('png');
    expect(Math.min(sheet.width, sheet.height)).toBeGreaterThan(200);
  }
});

test('without -o, contact sheets of an earlier run are not compared', async () => {
  const folder = await temporaryFolder();
  await save(noise(16, 16), folder, 'in/a.png');
  for (const flags of ['', '--force']) {
    const { status } = await runImage(folder, `in --factor 2 --compare ${flags}`);
    expect(status).toBe(0);
    expect(await filesBelow(join(folder, 'in'))).toEqual(['a.compare.png', 'a.png']);
  }
});

test('--json prints the figures of compareMethods, for any windows and resampler', async () => {
  const folder = await temporaryFolder();
  await save(noise(40, 30), folder, 'a.png');
  await save(noise(24, 36), folder, 'b.png');
  const measured = async (flags: string, enlargeBy: Resampler): Promise<Report['files'][number]['methods'][]> => {
    const begin = performance.now();
    const run = await runImage(folder, `a.png b.png -o ${enlargeBy} --kernel 3 --stride 2 --padding 1 --beta 9 --compare --json ${flags}`);
    expect([run.status, run.stderr]).toEqual([0, '']);
    const took = (performance.now() - begin) / 1000;
    const { files, failures } = JSON.parse(run.stdout.toString()) as Report;
    expect(failures).toEqual([]);
    expect(files.map(({ input, output, from, to, enlargedBy }) => ({ input, output, from, to, enlargedBy }))).toEqual([
      {
        input: 'a.png',
        output: `${enlargeBy}/a.compare.png`,
        from: { width: 40, height: 30 },
        to: { width: 20, height: 15 },
        enlargedBy: enlargeBy,
      },
      {
        input: 'b.png',
        output: `${enlargeBy}/b.compare.png`,
        from: { width: 24, height: 36 },
        to: { width: 12, height: 18 },
        enlargedBy: enlargeBy,
      },
    ]);
    for (const { input, methods, seconds } of files) {
      const options = { kernelSize: 3, stride: 2, padding: 1, beta: 9, enlargeBy };
      const rows = await compareMethods(await readImage(join(folder, input)), options);
      const expected = rows.map(({ method, ssim, psnr }) => ({ method, ssim, psnr }));
      expect(methods.map(({ method, ssim, psnr }) => ({ method, ssim, psnr }))).toEqual(expected);
      for (const method of methods) expect(method.seconds).toBeGreaterThan(0);
      expect(methods.reduce((sum, method) => sum + method.seconds, 0)).toBeLessThan(seconds);
      expect(seconds).toBeLessThan(took);
    }
    return files.map(({ methods }) => methods);
  };
  const cubic = await measured('', 'cubic');
  const nearest = await measured('--enlarge-by nearest', 'nearest');
  for (const [i, methods] of cubic.entries()) {
    for (const [j, row] of methods.entries()) expect(row.psnr).not.toBe(nearest[i]![j]!.psnr);
  }
});

test('--method puts a method before the usual ones', async () => {
  const folder = await temporaryFolder();
  await save(noise(24, 24), folder, 'in.png');
  const { stdout } = await runImage(folder, 'in.png -o out.png --factor 2 --compare --method mitchell --enlarge-by linear');
  expect(cells(stdout).map((row) => row[2])).toEqual(['method', 'mitchell', 'soft', 'average', 'max', 'nearest', 'lanczos3']);
  expect(stdout.toString().replaceAll(/\s+/g, ' ')).toContain('enlarged to full size by linear');
});

test('an image too small for SSIM shows none, and an unchanged image shows a perfect one', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'small.png', 8, 8);
  await save(noise(16, 16), folder, 'same.png');
  const table = await runImage(folder, 'small.png same.png -o tables --factor 1 --compare');
  const figures = cells(table.stdout).map((row) => row.slice(3, 5));
  expect(figures).toEqual([['SSIM', 'PSNR dB'], ...Array(5).fill(['–', 'Infinity']), ...Array(5).fill(['1.0000', 'Infinity'])]);
  const run = await runImage(folder, 'small.png same.png -o sheets --factor 1 --compare --json');
  // JSON has neither NaN nor Infinity, and null would be neither.
  const { files } = JSON.parse(run.stdout.toString()) as Report;
  for (const row of files[0]!.methods) expect(row).toMatchObject({ ssim: 'NaN', psnr: 'Infinity' });
  for (const row of files[1]!.methods) expect(row).toMatchObject({ ssim: 1, psnr: 'Infinity' });
});

test('standard output gets the sheet without the table', async () => {
  const folder = await temporaryFolder();
  await save(noise(24, 24), folder, 'in.png');
  const { status, stdout, stderr } = await runImage(folder, 'in.png -o - --factor 2 --compare');
  expect([status, stderr]).toEqual([0, '']);
  expect((await look(stdout)).format).toBe('png');
});
