/**
 * The benchmark of the studio: `npm run bench:studio`, a minute after the build of the site. It
 * prints its tables and writes them to bench-output/studio.md; `-- --update-docs` also puts them
 * into docs/performance.md. It needs Chromium.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { type Browser, chromium } from 'playwright';
import sharp from 'sharp';
import { findChromium } from '../../../scripts/chromium.mjs';
import { serveSite } from '../../../tests/site/serve.ts';
import { DOCUMENT, machineLine, QUICK, report, table, timeCells, withPart } from '../table.ts';

/** Presses of an arrow key on each slider. */
const PRESSES = QUICK ? 3 : 40;
const FOLDER = 'bench-output/studio';
/** The sliders that compute on the page's own thread. The pictures have 512 × 512 pixels. */
const SLIDERS: Readonly<Record<string, string>> = {
  'one window: an input': '#instrument-window .input-slider >> nth=0',
  'one window: β': '#window-beta',
  'from average to max: β': '#beta-beta',
  'from average to max: the window': '#instrument-beta .slider input >> nth=0',
  'inputs and outputs: β': '#connections-beta',
  'windows: the kernel': '#instrument-geometry input[type="range"] >> nth=1',
  'slide by a pixel': '#instrument-shift input[type="range"]',
  'time: the frame': '#instrument-time .slider input',
  'time: β': '#time-beta',
};

mkdirSync(FOLDER, { recursive: true });
const server = await serveSite('/');
const executablePath = findChromium();
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox', '--disable-quic'] });
try {
  const sliders = await report('sliders', () => measureSliders(browser));
  const tasks = await report('tasks of the page', () => measureTasks(browser));
  const parts = {
    'studio-machine': machineLine(),
    'studio-sliders': table(['slider', 'ms, median', 'quartiles', 'least'], sliders),
    'studio-tasks': table(['while the page', 'longest task: processor, ms', 'clock, ms'], tasks),
  };
  const text = Object.values(parts).join('\n\n');
  console.log(text);
  writeFileSync('bench-output/studio.md', `${text}\n`);
  if (argv.includes('--update-docs')) writeFileSync(DOCUMENT, Object.entries(parts).reduce(withPart, readFileSync(DOCUMENT, 'utf8')));
} finally {
  await browser.close();
  await server.close();
}

/** From a key to the end of the work that it causes on the page's thread, pictures included. */
async function measureSliders(chrome: Browser): Promise<string[][]> {
  const page = await chrome.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${server.address}studio.html`);
  await page.waitForLoadState('networkidle');
  const rows: string[][] = [];
  for (const [name, selector] of Object.entries(SLIDERS)) {
    await page.locator(selector).scrollIntoViewIfNeeded();
    await page.waitForLoadState('networkidle');
    const times = await page.locator(selector).evaluate(async (slider, presses) => {
      const input = slider as HTMLInputElement;
      const measured: number[] = [];
      for (let press = 0; press < presses; press++) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        const start = performance.now();
        if (press % 2 === 0) input.stepUp();
        else input.stepDown();
        input.dispatchEvent(new Event('input', { bubbles: true }));
        // The next frame's work comes before the message that is sent in its callback.
        await new Promise((resolve) => requestAnimationFrame(resolve));
        await new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = resolve;
          port2.postMessage(undefined);
        });
        measured.push(performance.now() - start);
      }
      return measured;
    }, PRESSES);
    rows.push([name, ...timeCells(times, 1), Math.min(...times).toFixed(1)]);
  }
  await page.close();
  return rows;
}

/** Tasks that block the page, while it loads and with a photograph of 24 megapixels. */
async function measureTasks(chrome: Browser): Promise<string[][]> {
  // Playwright looks for roles on the page's thread, and takes longer than the page itself.
  const photograph = await photographOf24Megapixels();
  const page = await chrome.newPage({ viewport: { width: 1440, height: 900 } });
  const instrument = page.locator('#instrument-picture');
  const actions: Readonly<Record<string, () => Promise<void>>> = {
    loads: async () => {
      await page.goto(`${server.address}studio.html`);
      await page.waitForLoadState('networkidle');
    },
    'opens and reduces a photograph of 24 megapixels': async () => {
      await instrument.locator('input[type="file"]').setInputFiles(photograph);
      await instrument.getByText('6000 × 4000 pixels').waitFor();
      await instrument.locator('[data-method="max"] td').first().getByText('0.').waitFor();
    },
    'compares its methods': async () => {
      for (const side of ['max', 'original', 'average']) await instrument.locator(`input[value="${side}"]`).first().check();
      await instrument.locator('[aria-keyshortcuts="b"]').press('b');
      await instrument.locator('[aria-keyshortcuts="b"] + button').click();
      await page.locator('canvas[aria-label^="Difference of"]').waitFor();
    },
    'loads ONNX Runtime and runs the network': async () => {
      await page.locator('#instrument-network .primary').click();
      await page.locator('#instrument-network .status').getByText('the network answers').waitFor();
    },
    'swaps the poolings of a model and runs it twice': async () => {
      const model = page.locator('#instrument-model');
      await model.getByRole('button', { name: 'Take the network above' }).click();
      await model.locator('.primary:enabled').click();
      await model.locator('[data-output]').first().waitFor();
    },
    'opens a clip and pools it over time': async () => {
      const time = page.locator('#instrument-time');
      await time.locator('input[type="file"]').setInputFiles('tests/site/files/steps.webm');
      await time.getByText('Your clip: 12 frames').waitFor();
    },
  };
  const rows: string[][] = [];
  for (const [name, act] of Object.entries(actions)) {
    await chrome.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
    await act();
    await page.waitForTimeout(500);
    rows.push([name, ...longestTasks(await chrome.stopTracing())]);
  }
  await page.close();
  return rows;
}

/** A frame of the page, or several, with the process that shows it. */
interface Frames {
  readonly processId?: number;
  readonly frames?: readonly Frames[];
}

/** An event of a trace. Times are in microseconds; `tdur` is the processor's. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: Frames };
}

/** The longest task of a page's main thread, by the processor's time and by the clock. */
function longestTasks(trace: Buffer): [processor: string, clock: string] {
  const { traceEvents: events } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  // Chromium's own pages, such as that of its tabs, have processes of their own.
  const frames = events
    .filter(({ name }) => name === 'TracingStartedInBrowser' || name === 'FrameCommittedInBrowser')
    .flatMap(({ args: { data = {} } }): readonly Frames[] => data.frames ?? [data]);
  const processes = new Set(frames.map(({ processId }) => processId));
  const isMain = new Set(
    events.filter(({ pid, args }) => args.name === 'CrRendererMain' && processes.has(pid)).map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && isMain.has(`${pid} ${tid}`));
  const longest = (time: 'dur' | 'tdur') => (Math.max(...tasks.map((task) => task[time] ?? 0)) / 1000).toFixed(0);
  return [longest('tdur'), longest('dur')];
}

async function photographOf24Megapixels(): Promise<string> {
  const file = `${FOLDER}/24-megapixels.jpg`;
  await sharp('examples/photographs/astronaut.png').resize(6000, 4000).jpeg({ quality: 90 }).toFile(file);
  return file;
}
