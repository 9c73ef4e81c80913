/** What the public entry points export, with its doc comments, as the TypeScript compiler sees it. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The compiler's options for everything in the repository. */
export const COMPILER_OPTIONS = ts.parseJsonConfigFileContent({ extends: './tsconfig.json', files: [], include: [] }, ts.sys, ROOT).options;

/** Import names and sources of the entry points with a documentation of their own: `softpool/reference` refers to `softpool`. */
const ENTRY_POINTS = [
  ['softpool', 'packages/softpool/src/index.ts'],
  ['softpool/webgpu', 'packages/softpool/src/webgpu.ts'],
  ['softpool/memory', 'packages/softpool/src/memory.ts'],
  ['@softpool/surgery', 'packages/surgery/src/index.ts'],
  ['@softpool/tfjs', 'packages/tfjs/src/index.ts'],
  ['@softpool/tfjs/graph', 'packages/tfjs/src/graph.ts'],
  ['@softpool/onnx', 'packages/onnx/src/index.ts'],
  ['@softpool/onnx/tfjs', 'packages/onnx/src/tfjs.ts'],
  ['@softpool/media', 'packages/media/src/index.ts'],
  ['@softpool/media/node', 'packages/media/src/node/index.ts'],
  ['@softpool/models', 'packages/models/src/index.ts'],
  ['@softpool/models/node', 'packages/models/src/node.ts'],
  ['@softpool/training', 'packages/training/src/index.ts'],
  ['@softpool/training/node', 'packages/training/src/node.ts'],
  ['@softpool/experiments', 'packages/experiments/src/index.ts'],
] as const;

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
