/** The exports of the public entry points with their doc comments, as TypeScript sees them. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { entriesOf, PACKAGES } from '../../scripts/packages.mjs';

/** The folder of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The compiler's options for everything in the repository. */
export const COMPILER_OPTIONS = ts.parseJsonConfigFileContent({ extends: './tsconfig.json', files: [], include: [] }, ts.sys, ROOT).options;

/**
 * Entry points without their own documentation: `softpool/reference` refers to `softpool`, and
 * internal entries are not public.
 */
const UNDOCUMENTED = /^\.\/(?:reference|internal)/;

/** Import names and sources of the documented entry points, `softpool` first. */
const ENTRY_POINTS = PACKAGES.toSorted((one, other) => rank(one.manifest.name) - rank(other.manifest.name)).flatMap(
  ({ folder, manifest }) =>
    entriesOf(manifest)
      .filter(({ entry }) => !UNDOCUMENTED.test(entry))
      .map(({ entry, source }) => [manifest.name + entry.slice(1), `${folder}/${source}`] as const),
);

function rank(name: string): number {
  return name === 'softpool' ? 0 : 1;
}

/** A name that users import. */
export interface PublicExport {
  readonly name: string;
  /** The first entry point that exports it. */
  readonly from: string;
  readonly symbol: ts.Symbol;
  readonly tags: readonly ts.JSDocTagInfo[];
  /** The names of a function's parameters; undefined for anything but a function. */
  readonly parameters: readonly string[] | undefined;
}

/** All public exports. A name that several entry points export belongs to the first. */
export function publicExports(): PublicExport[] {
  const sources = ENTRY_POINTS.map(([, source]) => ROOT + source);
  const program = ts.createProgram(sources, COMPILER_OPTIONS);
  const checker = program.getTypeChecker();
  const found = new Map<ts.Symbol, PublicExport>();
  for (const [from, source] of ENTRY_POINTS) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(ROOT + source) as ts.SourceFile) as ts.Symbol;
    for (const entry of checker.getExportsOfModule(module)) {
      const symbol = entry.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(entry) : entry;
      if (found.has(symbol)) continue;
      const signature = callSignature(checker, symbol);
      // A constant that is declared as a method of an interface has its documentation there, where
      // editors find it too.
      const tags =
        symbol.flags & ts.SymbolFlags.Function ? symbol.getJsDocTags(checker) : (signature?.getJsDocTags() ?? symbol.getJsDocTags(checker));
      found.set(symbol, { name: entry.name, from, symbol, tags, parameters: signature?.parameters.map(({ name }) => name) });
    }
  }
  return [...found.values()];
}

/** The signature of a function, or of a constant that can be called; a class has none. */
function callSignature(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Signature | undefined {
  if (!(symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable))) return undefined;
  return checker.getTypeOfSymbol(symbol).getCallSignatures()[0];
}
