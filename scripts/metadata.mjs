// Writes the fields that all packages share into their package.json files, and the contacts into
// the documents that name them: `npm run metadata`. With --check, it writes nothing and fails if a
// file differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { PACKAGES, ROOT } from './packages.mjs';
import { CONTACTS, PUBLISHING } from './publishing.mjs';
import { sideEffectsOf } from './side-effects.mjs';

/** The order of the fields in a package.json. Others follow. */
const ORDER = [
  ...['name', 'version', 'description', 'keywords', 'license', 'homepage', 'repository', 'bugs', 'type', 'sideEffects', 'engines'],
  ...['bin', 'exports', 'files', 'publishConfig', 'scripts'],
  ...['dependencies', 'peerDependencies', 'peerDependenciesMeta', 'devDependencies'],
];

/** The build output with its source maps, and the sources that they name. */
const FILES = ['dist', '!dist/**/*.tsbuildinfo', 'src/**/*.ts', '!src/**/*.test.ts', '!src/**/*.spec.ts', '!src/**/testing/**'];

const { engines, license } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));

const wanted = new Map([
  ...PACKAGES.map((package_) => /** @type {const} */ ([`${package_.folder}/package.json`, manifestOf(package_)])),
  ...CONTACTS.map(({ file, contact }) => /** @type {const} */ ([file, withContact(file, contact)])),
]);
const differing = [...wanted].filter(([file, text]) => readFileSync(ROOT + file, 'utf8') !== text);
if (argv.includes('--check')) {
  for (const [file] of differing) console.error(`${file} differs from what "npm run metadata" writes.`);
  process.exitCode = differing.length === 0 ? 0 : 1;
} else {
  for (const [file, text] of differing) writeFileSync(ROOT + file, text);
  console.log(differing.length === 0 ? 'Nothing changed.' : differing.map(([file]) => file).join('\n'));
}

/** @param {(typeof PACKAGES)[number]} package_ */
function manifestOf(package_) {
  const { folder, manifest } = package_;
  const { repository, homepage, issues } = PUBLISHING;
  const common = {
    license,
    homepage: homepage ?? undefined,
    repository: repository === null ? undefined : { type: 'git', url: repository, directory: folder },
    bugs: issues === null ? undefined : { url: issues },
    type: 'module',
    sideEffects: sideEffectsOf(package_),
    engines,
    exports: { ...manifest.exports, './package.json': './package.json' },
    files: FILES,
    publishConfig: { access: 'public', provenance: true },
  };
  const fields = Object.entries({ ...manifest, ...common });
  const place = (/** @type {string} */ name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  fields.sort(([one], [other]) => place(one) - place(other));
  return `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n`;
}

/**
 * Puts the contact between the two comments of a document.
 *
 * @param {string} file
 * @param {string} contact
 */
function withContact(file, contact) {
  const text = readFileSync(ROOT + file, 'utf8');
  const marked = /(<!-- contact -->\n).*?(\n<!-- \/contact -->)/s;
  if (!marked.test(text)) throw new Error(`${file} has no place for the contact: <!-- contact --> and <!-- /contact -->`);
  return text.replace(marked, (_, before, after) => before + contact + after);
}
