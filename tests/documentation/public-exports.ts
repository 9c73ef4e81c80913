/** What the public entry points export, with its doc comments, as the TypeScript compiler sees it. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { entriesOf, PACKAGES } from '../../scripts/packages.mjs';

/** The folder of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The compiler's options for everything in the repository. */
export const COMPILER_OPTIONS = ts.parseJsonConfigFileContent({ extends: './tsconfig.json', files: [], include: [] }, ts.sys, ROOT).options;

/**
 * Entry points without a documentation of their own: `softpool/reference` refers to `softpool`, and what is internal is
 * not public.
 */
const UNDOCUMENTED = ['./reference', './internal'];

/** Import names and sources of the documented entry points, `softpool` first. */
const ENTRY_POINTS = PACKAGES.toSorted((one, other) => rank(one.manifest.name) - rank(other.manifest.name)).flatMap(
  ({ folder, manifest }) =>
    entriesOf(manifest)
      .filter(({ entry }) => !UNDOCUMENTED.includes(entry))
      .map(({ entry, source }) => [manifest.name + entry.slice(1), `${folder}/${source}`] as const),
);

function rank(name: string): number {
  return name === 'softpool' ? 0 : 1;
}

/** A name that users import. */
export interface PublicExport {
  readonly name: string;
  /** What to import it from: of several entry points, the first. */
  readonly from: string;
  readonly symbol: ts.Symbol;
  readonly tags: readonly ts.JSDocTagInfo[];
}

/** All public exports. What several entry points export is of the first. */
export function publicExports(): PublicExport[] {
  const sources = ENTRY_POINTS.map(([, source]) => ROOT + source);
  const program = ts.createProgram(sources, COMPILER_OPTIONS);
  const checker = program.getTypeChecker();
  const found = new Map<ts.Symbol, PublicExport>();
  for (const [from, source] of ENTRY_POINTS) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(ROOT + source) as ts.SourceFile) as ts.Symbol;
    for (const entry of checker.getExportsOfModule(module)) {
      const symbol = entry.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(entry) : entry;
      if (!found.has(symbol)) found.set(symbol, { name: entry.name, from, symbol, tags: symbol.getJsDocTags(checker) });
    }
  }
  return [...found.values()];
}
