// Finds the modules of a package that have side effects on import, such as registering a layer.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { entriesOf, ROOT, sourceOf } from './packages.mjs';

/**
 * The value of `sideEffects` in a package.json with which bundlers keep registrations and drop the
 * rest. It lists the modules with side effects, and the modules that import them, directly or not:
 * bundlers do not look behind a module that is not listed.
 *
 * @param {{ folder: string, manifest: import('./packages.mjs').Manifest }} package_
 * @returns {false | string[]}
 */
export function sideEffectsOf({ folder, manifest }) {
  const binaries = Object.values(manifest.bin ?? {}).map(sourceOf);
  const modules = readModules(folder, [...entriesOf(manifest).map(({ source }) => source), ...binaries]);
  const listed = new Set([...modules].filter(([, { acts }]) => acts).map(([path]) => path));
  for (let size = -1; size !== listed.size; ) {
    size = listed.size;
    for (const [path, { imports }] of modules) if (imports.some((imported) => listed.has(imported))) listed.add(path);
  }
  return listed.size === 0 ? false : [...listed].sort().map((path) => `./${path.replace(/^src\/(.*)\.ts$/, 'dist/$1.js')}`);
}

/**
 * The modules that the entries reach, without those imported as types only.
 *
 * @param {string} folder
 * @param {string[]} entries
 */
function readModules(folder, entries) {
  /** @type {Map<string, { acts: boolean, imports: string[] }>} */
  const modules = new Map();
  for (const paths = [...entries]; paths.length > 0; ) {
    const path = /** @type {string} */ (paths.pop());
    if (modules.has(path)) continue;
    const text = readFileSync(`${ROOT}${folder}/${path}`, 'utf8');
    const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
    const imports = statements.flatMap((statement) => importOf(statement, path) ?? []);
    modules.set(path, { acts: statements.some(acts), imports });
    paths.push(...imports);
  }
  return modules;
}

/**
 * The module of the same package that a statement imports at run time.
 *
 * @param {ts.Statement} statement
 * @param {string} path
 */
function importOf(statement, path) {
  const specifier = specifierOf(statement);
  if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return undefined;
  return sourceOf(posix.join(posix.dirname(path), specifier.text));
}

/**
 * What a statement imports at run time: also `await import(…)`.
 *
 * @param {ts.Statement} statement
 */
function specifierOf(statement) {
  if (ts.isImportDeclaration(statement)) {
    return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? undefined : statement.moduleSpecifier;
  }
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly ? undefined : statement.moduleSpecifier;
  if (!ts.isExpressionStatement(statement) || !ts.isAwaitExpression(statement.expression)) return undefined;
  const { expression: call } = statement.expression;
  return ts.isCallExpression(call) && call.expression.kind === ts.SyntaxKind.ImportKeyword ? call.arguments[0] : undefined;
}

/**
 * Whether a statement does something on import, rather than declare something.
 *
 * @param {ts.Statement} statement
 */
function acts(statement) {
  return (
    ts.isExpressionStatement(statement) ||
    ts.isIterationStatement(statement, false) ||
    ts.isIfStatement(statement) ||
    ts.isTryStatement(statement)
  );
}
