// Runs a benchmark on the packages as built: `node private/bench/start.mjs cpu [--quick]`.
import { argv, chdir } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle, INSTALLED } from './bundle.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const [, , program] = argv;
const file = `${folder}dist/${program}.js`;
chdir(`${folder}../..`);
await bundle(`${folder}${program}.ts`, file, INSTALLED);
await import(pathToFileURL(file).href);
