// Finds the Chromium that the browser tests run in.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';
import { chromium } from 'playwright';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Looks for `CHROMIUM_PATH`, then for Playwright's Chromium, then for a command in the PATH.
 *
 * @returns {string | undefined} The path of the executable, if there is one.
 */
export function findChromium() {
  if (env.CHROMIUM_PATH) return env.CHROMIUM_PATH;
  const folders = (env.PATH ?? '').split(delimiter);
  return [chromium.executablePath(), ...folders.flatMap((folder) => COMMANDS.map((command) => join(folder, command)))].find(existsSync);
}
