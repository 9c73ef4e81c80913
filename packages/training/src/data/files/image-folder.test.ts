import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { asNobody, folderOf, messageOf, picture, plain } from '@softpool/testing/files';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { imageFolder, imageNetValidation } from './image-folder.ts';

/** Red, green, blue, white, in two rows. */
const COLOURS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
];

describe('a folder of class folders', () => {
  test('has a class per folder and a sample per image, sorted by name', async () => {
    const folder = await folderOf({
      'dog/b.png': plain([2, 0, 0]),
      'dog/a.PNG': plain([1, 0, 0]),
      'Cat/10.png': plain([3, 0, 0]),
      'Cat/9.png': plain([4, 0, 0]),
      'Cat/.hidden.png': plain([9, 0, 0]),
      'Cat/notes.txt': 'not a sample',
      '.git/x.png': plain([9, 0, 0]),
      'readme.txt': 'not a class',
    });
    const set = await imageFolder(folder);
    expect(set.classes).toEqual(['Cat', 'dog']);
    expect([...set.labels]).toEqual([0, 0, 1, 1]);
    const reds = await Promise.all([0, 1, 2, 3].map(async (index) => (await set.read(index)).data[0]));
    expect(reds).toEqual([3, 4, 1, 2]);
    expect(set.describe(2)).toBe(join(folder, 'dog', 'a.PNG'));
    expect(folder.endsWith(set.name)).toBe(true);
  });

  test('follows links to folders and files', async () => {
    const folder = await folderOf({ 'a/1.png': plain([1, 0, 0]), 'other/2.png': plain([2, 0, 0]) });
    await symlink(join(folder, 'a'), join(folder, 'b'));
    await symlink(join(folder, 'other/2.png'), join(folder, 'a/2.png'));
    expect([...(await imageFolder(folder)).labels]).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('an image is read pixel by pixel', () => {
  test.each(['png', 'webp', 'tiff', 'gif', 'avif', 'jpg'])('from %s', async (extension) => {
    const format = extension === 'jpg' ? 'jpeg' : (extension as 'png' | 'avif');
    // Large uniform areas, in which lossy formats lose nothing.
    const image = picture(COLOURS, 2).resize(64, 64, { kernel: 'nearest' });
    const bytes = await image.toFormat(format, { quality: 100, chromaSubsampling: '4:4:4', lossless: true }).toBuffer();
    const set = await imageFolder(await folderOf({ [`a/1.${extension}`]: bytes, 'b/1.png': plain([0, 0, 0]) }));
    const { data, shape } = await set.read(0);
    expect(shape).toEqual([64, 64, 3]);
    const seen = [16 * 64 + 16, 16 * 64 + 48, 48 * 64 + 16, 48 * 64 + 48].map((pixel) => [...data.subarray(3 * pixel, 3 * pixel + 3)]);
    for (const [i, color] of seen.entries()) {
      // JPEG and AVIF round in another color space.
      for (const [c, value] of color.entries())
        expect(Math.abs(value - COLOURS[i]![c]!)).toBeLessThanOrEqual(format === 'jpeg' || format === 'avif' ? 2 : 0);
    }
  });

  test('rotated by its EXIF orientation', async () => {
    // Orientation 6: rotate by 90° clockwise, so that the stored left edge is at the top.
    const stored = await picture(COLOURS.slice(0, 2), 2).png().withMetadata({ orientation: 6 }).toBuffer();
    const set = await imageFolder(await folderOf({ 'a/1.png': stored, 'b/1.png': plain([0, 0, 0]) }));
    const { data, shape } = await set.read(0);
    expect(shape).toEqual([2, 1, 3]);
    expect([...data]).toEqual([255, 0, 0, 0, 255, 0]);
  });

  test('gray as three channels, alpha on white, 16 bits as 8', async () => {
    const wide = sharp(Uint16Array.of(0, 0x8080, 0xffff), { raw: { width: 1, height: 1, channels: 3 } }).toColorspace('rgb16');
    const set = await imageFolder(
      await folderOf({
        'a/1.png': picture([[7], [200]], 2).toColorspace('b-w'),
        'a/2.png': picture([
          [10, 20, 30, 255],
          [10, 20, 30, 0],
        ]),
        'a/3.png': picture([
          [100, 255],
          [100, 0],
        ]).toColorspace('b-w'),
        'b/1.png': wide,
      }),
    );
    expect([...(await set.read(0)).data]).toEqual([7, 7, 7, 200, 200, 200]);
    expect([...(await set.read(1)).data]).toEqual([10, 20, 30, 255, 255, 255]);
    expect([...(await set.read(2)).data]).toEqual([100, 100, 100, 255, 255, 255]);
    expect([...(await set.read(3)).data]).toEqual([0, 128, 255]);
  });
});

describe('an invalid folder is rejected', () => {
  const good = { 'b/1.png': plain([0, 0, 0]) };

  test('without classes, with a single class, or with a class without images', async () => {
    let folder = await folderOf({ 'x.png': plain([0, 0, 0]) });
    expect(await messageOf(imageFolder(folder))).toBe(
      `Error: ${folder}: no folders found; put the images of each class into a folder of its own`,
    );
    folder = await folderOf(good);
    expect(await messageOf(imageFolder(folder))).toBe(`Error: ${folder}: only one class folder, b; classification needs at least two`);
    await mkdir(join(folder, 'a'));
    expect(await messageOf(imageFolder(folder))).toBe(
      `Error: ${folder}/a: the class has no images (the folder is empty); add some, or remove the folder`,
    );
    folder = await folderOf({ ...good, 'a/x.bmp': 'x', 'a/y.txt': 'y' });
    expect(await messageOf(imageFolder(folder))).toBe(
      `Error: ${folder}/a: the class has no images (2 other files, such as x.bmp); add some, or remove the folder`,
    );
  });

  test('with folders inside its class folders', async () => {
    const folder = await folderOf({ ...good, 'a/more/1.png': plain([0, 0, 0]) });
    expect(await messageOf(imageFolder(folder))).toBe(
      `Error: ${folder}/a/more is a folder inside a class folder; move its files up, or give the folder above the class folders`,
    );
  });

  test('that is missing, a file, or unreadable', async () => {
    const folder = await folderOf({ ...good, 'a/1.png': plain([0, 0, 0]) });
    expect(await messageOf(imageFolder(join(folder, 'none')))).toBe(`Error: ${folder}/none: no such file or folder`);
    expect(await messageOf(imageFolder(join(folder, 'a/1.png')))).toBe(`Error: ${folder}/a/1.png: not a folder`);
    await chmod(join(folder, 'a'), 0o000);
    expect(await asNobody(() => messageOf(imageFolder(folder)))).toBe(`Error: ${folder}/a: permission denied`);
    await chmod(join(folder, 'a'), 0o755);
  });
});

test('a file that is damaged, missing or not an image is a corrupt sample that names itself', async () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) % 256);
  const image = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  const [jpeg, png] = [await image.jpeg().toBuffer(), await image.png().toBuffer()];
  const folder = await folderOf({
    'a/cut.jpg': jpeg.subarray(0, jpeg.length >> 1),
    'a/cut.png': png.subarray(0, png.length >> 1),
    'a/empty.jpg': '',
    'a/forbidden.png': png,
    'a/gone.png': png,
    'a/text.jpg': 'Dear reader, this is a letter.',
    'b/good.png': png,
  });
  const set = await imageFolder(folder);
  await unlink(join(folder, 'a/gone.png'));
  await chmod(join(folder, 'a/forbidden.png'), 0o000);
  const messages = await asNobody(() => Promise.all(Array.from({ length: 6 }, (_, index) => messageOf(set.read(index)))));
  expect(messages.map((message) => message.replace(folder, ''))).toEqual([
    expect.stringMatching(/^CorruptSampleError: \/a\/cut.jpg: the image is damaged: .+/),
    expect.stringMatching(/^CorruptSampleError: \/a\/cut.png: the image is damaged: .+/),
    'CorruptSampleError: /a/empty.jpg: the file is empty',
    'CorruptSampleError: /a/forbidden.png: permission denied',
    'CorruptSampleError: /a/gone.png: no such file or folder',
    'CorruptSampleError: /a/text.jpg: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image',
  ]);
  expect((await set.read(6)).data).toEqual(noise);
  await rm(folder, { recursive: true });
});

test('a pipe in a class folder is a corrupt sample, and nobody waits for its other end', async () => {
  const png = await sharp(new Uint8Array(48), { raw: { width: 4, height: 4, channels: 3 } })
    .png()
    .toBuffer();
  const folder = await folderOf({ 'a/1.png': png, 'b/1.png': png });
  execFileSync('mkfifo', [join(folder, 'a/0.jpg')]);
  const set = await imageFolder(folder);
  expect(await messageOf(set.read(0))).toBe(`CorruptSampleError: ${folder}/a/0.jpg: is a pipe or a device, not a file`);
  await rm(folder, { recursive: true });
});

describe("ImageNet's validation images", () => {
  const images = {
    'val/ILSVRC2012_val_00000001.JPEG': plain([1, 0, 0]),
    'val/ILSVRC2012_val_00000002.JPEG': plain([2, 0, 0]),
    'val/ILSVRC2012_val_00000003.JPEG': plain([3, 0, 0]),
  };
  const open = async (labels: string, classes?: string[]) => {
    const folder = await folderOf({ ...images, labels });
    const options = { labels: join(folder, 'labels'), ...(classes && { classes }) };
    return await imageNetValidation(join(folder, 'val'), options).catch((error: unknown) => {
      throw new Error((error as Error).message.replaceAll(folder, ''));
    });
  };
  const [goldfish, shark] = ['n01443537', 'n01484850'];

  test.each([
    ['a synset per line', `${shark}\n${goldfish}\n${shark}\n`],
    [
      'names and synsets',
      `ILSVRC2012_val_00000003.JPEG ${shark}\r\nILSVRC2012_val_00000001.JPEG ${shark}\r\nILSVRC2012_val_00000002.JPEG ${goldfish}`,
    ],
    [
      "Kaggle's table",
      `ImageId,PredictionString\nILSVRC2012_val_00000002,${goldfish} 1 2 3 4\nILSVRC2012_val_00000003,${shark} 1 2 3 4 ${shark} 5 6 7 8\nILSVRC2012_val_00000001,${shark} 0 0 9 9\n`,
    ],
  ])('have labels by %s', async (_, labels) => {
    const set = await open(labels);
    expect(set.classes).toEqual([goldfish, shark]);
    expect([...set.labels]).toEqual([1, 0, 1]);
    expect((await set.read(1)).data[0]).toBe(2);
    expect([...(await open(labels, ['n01440764', goldfish, shark])).labels]).toEqual([2, 1, 2]);
  });

  test('have labels by names and numbers, as in Caffe’s val.txt, if classes are given', async () => {
    const labels = 'ILSVRC2012_val_00000001.JPEG 1\nILSVRC2012_val_00000002.JPEG 0\nILSVRC2012_val_00000003.JPEG 1\n';
    expect([...(await open(labels, [goldfish, shark])).labels]).toEqual([1, 0, 1]);
    await expect(open(labels)).rejects.toThrow('/labels, line 1: the label 1 is a number; give options.classes');
    await expect(open(labels, [goldfish])).rejects.toThrow('/labels, line 1: 1 is not one of the 1 classes');
  });

  test.each([
    ['the devkit’s numbers', '490\n361\n171\n', /^\/labels, line 1: a bare number is an index into the devkit's meta.mat/],
    ['too few labels', `${shark}\n`, '/labels: 1 labels for 3 images'],
    ['a missing image', `x.JPEG ${shark}\ny.JPEG ${shark}\nz.JPEG ${shark}`, '/labels: no label for ILSVRC2012_val_00000001.JPEG'],
    ['words', 'cat\ndog\ncow', '/labels, line 1: expected a synset such as n01751748, or an image and its label, received cat'],
    ['both kinds', `${shark}\n${shark}\nx.JPEG ${shark}`, '/labels: some lines name an image, others do not'],
  ])('with %s are rejected', async (_, labels, message) => {
    await expect(open(labels)).rejects.toThrow(message);
  });

  test('with an unknown synset or without a label file are rejected', async () => {
    await expect(open(`${shark}\n${goldfish}\n${shark}\n`, [shark])).rejects.toThrow(
      `/labels, line 2: ${goldfish} is not one of the 1 classes`,
    );
    const folder = await folderOf(images);
    const labels = join(folder, 'none.txt');
    expect(await messageOf(imageNetValidation(join(folder, 'val'), { labels }))).toBe(`Error: ${labels}: no such file or folder`);
  });
});
