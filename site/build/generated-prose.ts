/** Completes pages: the reference and the changelog, and figures that the site shows alive. */
import { readdirSync, readFileSync } from 'node:fs';
import { ROOT } from '../../scripts/packages.mjs';

const CHANGESETS = `${ROOT}.changeset/`;

/**
 * A page of the reference with the name of its entry as its heading, where typedoc has "index".
 * Typedoc numbers some links as if their heading were a second one of that name; they get the
 * address that the heading has.
 */
export function withTitle(reference: string, title: string): string {
  const headings = Array.from(reference.matchAll(/^#+ (.+)$/gm), ([, heading]) => (heading as string).toLowerCase());
  return reference
    .replace(/^# .*$/m, `# ${title}`)
    .replace(/\]\(#(\w+)-1\)/g, (link, name) => (headings.filter((heading) => heading === name).length === 1 ? `](#${name})` : link));
}

/** CHANGELOG.md, with what the next release brings. */
export function changelog(): string {
  const changesets = readdirSync(CHANGESETS).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const sections = changesets.sort().map((name) => {
    const [, header = '', text = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(readFileSync(CHANGESETS + name, 'utf8')) ?? [];
    const packages = Array.from(header.matchAll(/^'(.+?)'/gm), ([, found]) => found);
    return `### ${packages.join(', ')}\n${text}`;
  });
  const past = readFileSync(`${ROOT}CHANGELOG.md`, 'utf8').replace('in [.changeset](.changeset)', 'below');
  return sections.length === 0 ? past : `${past}\n## The next release\n\n${sections.join('\n')}`;
}

/** The instruments that documents show, by the name in the document. */
const INSTRUMENTS: Readonly<Record<string, string>> = {
  OneWindow: 'window/OneWindow.tsx',
  GradientOfWindow: 'window/GradientOfWindow.tsx',
};

/**
 * A document of docs/ with instruments in place of its pictures between `<!-- live: OneWindow -->`
 * and `<!-- /live -->`. Elsewhere, as on GitHub, the pictures are shown.
 */
export function withInstruments(document: string): string {
  const names: string[] = [];
  const loads: string[] = [];
  const text = document.replace(/<!-- live: (\w+) -->.*?<!-- \/live -->/gs, (_, name: string) => {
    const path = INSTRUMENTS[name];
    if (path === undefined) throw new Error(`site/build/generated-prose.ts has no instrument ${name}`);
    names.push(name);
    loads.push(`() => import('../site/studio/${path}')`);
    return `<${name} />`;
  });
  if (names.length === 0) return document;
  const script = `import { instrumentsTogether } from '../site/studio/parts/instrument.ts';
const [${names.join(', ')}] = instrumentsTogether(${loads.join(', ')});`;
  return `<script setup>\n${script}\n</script>\n\n${text}`;
}
