/** Visits of the studio, and the numbers that it shows. */
import { mkdirSync } from 'node:fs';
import type { BrowserContextOptions, Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { visits } from './visits.ts';

/** The folder for files that a test opens in the page. */
export const FILES = 'test-output/site-files/';
mkdirSync(FILES, { recursive: true });

/** Starts a browser and a server for the tests of a file. */
export function studioVisits(headers?: Readonly<Record<string, string>>) {
  const visit = visits('/studio-of/', headers);
  return {
    address: visit.address,
    async openStudio(query = '', options?: BrowserContextOptions): Promise<Page> {
      // It would fetch the whole site beside each test, and take over in the middle of one.
      const page = await visit.page({ serviceWorkers: 'block', ...options });
      await page.goto(`${visit.address()}studio.html${query}`);
      await page.waitForFunction(areAlive);
      return page;
    },
    leave: visit.leave,
  };
}

/** Whether all instruments listen: Vue marks the elements that do. */
export function areAlive(): boolean {
  const listens = (element: Element) => Object.getOwnPropertySymbols(element).some(({ description }) => description === '_vei');
  return [...document.querySelectorAll('.instrument')].every((each) => [each, ...each.querySelectorAll('*')].some(listens));
}

/** Types into a field and leaves it. What a script fills in is not a change in all browsers. */
export async function enter(field: Locator, value: string): Promise<void> {
  await field.selectText();
  await field.pressSequentially(value);
  await field.press('Tab');
}

/** A shown number: with a minus sign, and 4 digits. */
export function numberIn(text: string | null): number {
  return Number((text ?? '').replace(/[^\d.,−-]/g, '').replace('−', '-'));
}

/** The numbers that elements show. */
export async function numbersIn(locator: Locator): Promise<number[]> {
  return (await locator.allTextContents()).map(numberIn);
}

/**
 * Holds the answers of this kind that a worker of the studio gives.
 *
 * @returns A function that waits for one of them and lets it go.
 */
export async function holdAnswers(page: Page, worker: string, kind: string): Promise<() => Promise<void>> {
  const holding = `{
  const [answers, post] = [[], postMessage.bind(self)];
  self.postMessage = (...answer) => void (answer[0].kind === '${kind}' ? answers.push(answer) : post(...answer));
  self.letAnswer = () => answers.length > 0 && (post(...answers.shift()), true);
}
`;
  await page.route(`**/${worker}.worker*.js`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: holding + (await response.text()) });
  });
  const letAnswer = () => (globalThis as unknown as { letAnswer?: () => boolean }).letAnswer?.();
  return async () => {
    const started = () => page.workers().find((each) => each.url().includes(`/${worker}.worker`));
    await expect.poll(() => started()?.evaluate(letAnswer)).toBe(true);
  };
}
