/** Turns the examples of doc comments, and the `ts` blocks of Markdown files, into programs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { type PublicExport, ROOT } from './public-exports.ts';

/** An example, complete with its imports. */
export interface Example {
  /** The place in the documentation. */
  readonly title: string;
  readonly code: string;
}

/** The examples of doc comments, with the imports that they leave out. */
export function docCommentExamples(exported: readonly PublicExport[]): Example[] {
  return exported.flatMap(({ name, from, tags }) =>
    tags
      .filter((tag) => tag.name === 'example')
      .flatMap(({ text }) => codeBlocks(ts.displayPartsToString(text)))
      .map((code) => ({ title: `${from}: ${name}`, code: importsFor(code, from, exported) + code })),
  );
}

/** The examples of README.md, the packages' READMEs and docs/, which have their own imports. */
export function markdownExamples(): Example[] {
  const inDocs = readdirSync(`${ROOT}docs`).filter((name) => name.endsWith('.md'));
  const ofPackages = readdirSync(`${ROOT}packages`).map((name) => `packages/${name}/README.md`);
  return ['README.md', ...inDocs.map((name) => `docs/${name}`), ...ofPackages]
    .filter((file) => existsSync(ROOT + file))
    .flatMap((file) =>
      codeBlocks(readFileSync(ROOT + file, 'utf8')).map((code, index) => ({ title: `${file}, example ${index + 1}`, code })),
    );
}

/**
 * Replaces each expression by an assertion if a comment behind it states its value: `// [1, 4]`, or
 * `// ≈ 0.73`, rounded to these decimals. For `console.log`, the comment states the output. Other
 * comments are prose.
 */
export function withAssertions(code: string): string {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
  let program = "import { expectStated } from '../../tests/documentation/expect-stated.ts';\n";
  let done = 0;
  const visit = (node: ts.Node): void => {
    const [comment] = ts.isExpressionStatement(node) ? (ts.getTrailingCommentRanges(code, node.end) ?? []) : [];
    const text = comment === undefined ? '' : code.slice(comment.pos + 2, comment.end).trim();
    if (!ts.isExpressionStatement(node) || !STATES_VALUE.test(text)) {
      ts.forEachChild(node, visit);
      return;
    }
    program += `${code.slice(done, node.getStart())}${assertion(node.expression, text)}`;
    done = node.end;
  };
  visit(source);
  return program + code.slice(done);
}

const STATES_VALUE = /^[-\d[{'"]|^(?:NaN|Infinity|true|false|undefined)\b|≈/;

function assertion(expression: ts.Expression, comment: string): string {
  if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'console.log') {
    return `expectStated(${expression.getText()}, ${statedValue(comment)});`;
  }
  const printed = expression.arguments.map((argument) => argument.getText());
  const stated = printed.length > 1 ? comment.split(' ').join(', ') : statedValue(comment);
  return printed.length > 1 ? `expectStated([${printed.join(', ')}], [${stated}]);` : `expectStated(${printed[0]}, ${stated});`;
}

/** The value that a comment states, with its decimals if it is rounded, as arguments in code. */
function statedValue(comment: string): string {
  if (!comment.includes('≈')) return comment;
  const value = comment.replace(/^[^[{]*≈/, '').replaceAll('≈', '');
  const decimals = Array.from(value.matchAll(/\.(\d+)/g), ([, digits]) => (digits as string).length);
  return `${value}, ${Math.max(0, ...decimals)}`;
}

function codeBlocks(text: string): string[] {
  return Array.from(text.matchAll(/^```ts\n(.*?)^```$/gms), ([, code]) => code as string);
}

/** If several entry points export a name, an example means that of its own entry point. */
function importsFor(code: string, entryPoint: string, exported: readonly PublicExport[]): string {
  const words = new Set(code.match(/\w+/g));
  const named = Array.from(words, (word) => exported.filter(({ name }) => name === word))
    .map((candidates) => candidates.find(({ from }) => from === entryPoint) ?? candidates[0])
    .filter((found) => found !== undefined)
    .map(({ name, from, symbol }) => `import { ${symbol.flags & ts.SymbolFlags.Value ? '' : 'type '}${name} } from '${from}';\n`);
  const needs = (module: string): boolean => words.has(module) && !code.includes(`* as ${module} from`);
  return [needs('tf') ? TENSORFLOW : '', needs('tfl') ? LAYERS : '', ...named].join('');
}

const LAYERS = "import * as tfl from '@tensorflow/tfjs-layers';\n";
const TENSORFLOW = "import * as tf from '@tensorflow/tfjs-core';\nimport '@tensorflow/tfjs-backend-cpu';\n";
