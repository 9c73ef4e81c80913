/**
 * The benchmark of pictures: `npm run bench:pictures`, a quarter of an hour; with `-- --pixels`
 * only of pixels in memory, a minute. It prints its tables and writes them to
 * bench-output/pictures.md; `-- --update-docs` also puts them into docs/performance.md. It needs
 * GNU time, and Chromium for the table of a page.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { argv } from 'node:process';
import { timeInTurn } from '@softpool/experiments/internal';
import { chromium } from 'playwright';
import { rolldown } from 'rolldown';
import sharp from 'sharp';
import { findChromium } from '../../../scripts/chromium.mjs';
import { DOCUMENT, machineLine, QUICK, report, table, timeCells, withPart } from '../table.ts';
import { type Run, sampleRuns, spreadCell } from '../timed-command.ts';
import { commandsOn } from './commands.ts';
import { FILES, makeFiles } from './files.ts';
import { callsOn, testImage } from './pixels.ts';

const FOLDER = 'bench-output/pictures';
const ROUNDS = QUICK ? 1 : 3;
const [WIDTH, HEIGHT] = QUICK ? [400, 300] : [4000, 3000];

const isUpdate = argv.includes('--update-docs');
if (isUpdate && QUICK) throw new Error('bench: --update-docs needs full figures; leave out --quick');
const isOnlyPixels = argv.includes('--pixels');
const commands: string[][] = [];
for (const format of isOnlyPixels ? [] : (['jpeg', 'png'] as const)) {
  const files = await report(`${format} files`, () => makeFiles(FOLDER, format));
  for (const factor of [2, 4]) {
    const runs = await report(`${format}, factor ${factor}`, () => sampleRuns(commandsOn(files, factor), ROUNDS));
    commands.push(...Object.entries(runs).map(([name, each]) => [`${format}, by ${factor}: ${name}`, ...cellsOf(each)]));
  }
}
const inNode = await report('pixels in Node', measureNode);
const inPage = await report('pixels in Chromium', measurePage);

const parts: Record<string, string> = {
  ...(!isOnlyPixels && {
    'pictures-machine': machineLine(),
    'pictures-commands': table([FILES, 'wall, s', 'processor, s', 'peak memory, MB'], commands),
  }),
  'pictures-pixels-machine': machineLine(),
  'pictures-node': pixelsTable('Node', inNode.times, inNode.busy),
  'pictures-page': pixelsTable('Chromium', inPage),
};
const text = Object.values(parts).join('\n\n');
console.log(text);
mkdirSync('bench-output', { recursive: true });
writeFileSync('bench-output/pictures.md', `${text}\n`);
if (isUpdate) writeFileSync(DOCUMENT, Object.entries(parts).reduce(withPart, readFileSync(DOCUMENT, 'utf8')));

/** The cells of a command's figures. */
function cellsOf(runs: readonly Run[]) {
  return (['wall', 'processor', 'megabytes'] as const).map((figure) =>
    spreadCell(
      runs.map((run) => run[figure]),
      figure === 'megabytes' ? 0 : 1,
    ),
  );
}

async function measureNode() {
  const image = testImage(WIDTH, HEIGHT);
  const raw = { width: WIDTH, height: HEIGHT, channels: 4 } as const;
  sharp.concurrency(1);
  const lanczos = (): Promise<Buffer> =>
    sharp(image.data, { raw })
      .resize(WIDTH / 2, HEIGHT / 2, { kernel: 'lanczos3' })
      .raw()
      .toBuffer();
  const busy: Record<string, number[]> = {};
  const calls = Object.entries({ ...callsOn(image), 'sharp lanczos3 on one thread, to ½': lanczos }).map(([name, call]) => {
    const timed = async (): Promise<void> => {
      const before = performance.eventLoopUtilization();
      await call();
      busy[name] = [...(busy[name] ?? []), performance.eventLoopUtilization(before).active];
    };
    return [name, timed] as const;
  });
  return { times: await timeInTurn(Object.fromEntries(calls), { rounds: QUICK ? 1 : 9, sampleMilliseconds: 1 }), busy };
}

async function measurePage(): Promise<Record<string, number[]>> {
  const build = await rolldown({ input: 'private/bench/pictures/page.ts' });
  const { output } = await build.generate({ format: 'iife' });
  const executablePath = findChromium();
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox', '--disable-quic'] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: output[0].code });
    return await page.evaluate(`measurePage(${WIDTH}, ${HEIGHT}, ${QUICK ? 1 : 9})`);
  } finally {
    await browser.close();
  }
}

type Samples = Readonly<Record<string, readonly number[]>>;

/** A row for each call; with `busy`, also for how long it took the calling thread. */
function pixelsTable(where: string, samples: Samples, busy?: Samples) {
  const rows = Object.entries(samples).map(([name, times]) => [
    ...[name, ...timeCells(times, 0)],
    ...(busy ? [timeCells(busy[name] ?? [], 0)].map(([median, between]) => `${median} (${between})`) : []),
  ]);
  const head = [`RGBA of ${(WIDTH * HEIGHT) / 1e6} megapixels in ${where}`, 'ms, median', 'quartiles'];
  return table(busy ? [...head, 'of it on the calling thread'] : head, rows);
}
