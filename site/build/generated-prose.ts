/** Completes two kinds of pages whose text is made elsewhere: the reference and the changelog. */
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
