// Fails where prose or a comment is wider than 100 columns: `npm run line-length`. Code may be
// wider: the formatter has its own width. Tables, code blocks and the targets of links do not
// count.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { ROOT } from './packages.mjs';

const WIDTH = 100;

/**
 * What finds the lines of prose in a file, by the file's extension.
 *
 * @type {Record<string, (text: string) => Line[]>}
 */
const READERS = {
  md: (text) => proseIn(linesOf(text)),
  ts: commentsOfTypeScript,
  mjs: commentsOfTypeScript,
  wgsl: commentsOfWgsl,
};

/** @typedef {{ number: number, text: string }} Line A line, counted from 1. */

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
let wide = 0;
for (const file of files.trim().split('\n')) {
  const read = READERS[file.slice(file.lastIndexOf('.') + 1)];
  if (read === undefined) continue;
  for (const { number, text } of read(readFileSync(ROOT + file, 'utf8'))) {
    const columns = widthOf(text);
    if (columns <= WIDTH) continue;
    console.log(`${file}:${number}: ${columns} columns`);
    wide += 1;
  }
}
if (wide > 0) console.error(`${wide} lines of prose or comments are wider than ${WIDTH} columns.`);
process.exitCode = wide === 0 ? 0 : 1;

/** @param {string} text */
function linesOf(text) {
  return text.split('\n').map((line, index) => ({ number: index + 1, text: line.trimEnd() }));
}

/**
 * Without code blocks and tables, whether or not they stand in a comment.
 *
 * @param {Line[]} lines
 */
function proseIn(lines) {
  let isCode = false;
  return lines.filter(({ text }) => {
    const isFence = /^[\s/*>-]*```/.test(text);
    if (isFence) isCode = !isCode;
    return !isCode && !isFence && !/^[\s/*]*\|/.test(text);
  });
}

/**
 * The lines that a comment ends on or covers, each up to the end of the comment.
 *
 * @param {string} text
 */
function commentsOfTypeScript(text) {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  /** @type {Map<number, ts.CommentRange>} */
  const comments = new Map();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (node.getChildCount(source) > 0) {
      for (const child of node.getChildren(source)) visit(child);
    } else {
      const before = ts.getLeadingCommentRanges(text, node.pos) ?? [];
      const behind = ts.getTrailingCommentRanges(text, node.end) ?? [];
      for (const comment of [...before, ...behind]) comments.set(comment.pos, comment);
    }
  };
  visit(source);
  return [...comments.values()].flatMap(({ pos, end }) => linesOfRange(text, pos, end));
}

/** @param {string} text */
function commentsOfWgsl(text) {
  return Array.from(text.matchAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g), ({ 0: comment, index }) =>
    linesOfRange(text, index, index + comment.length),
  ).flat();
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function linesOfRange(text, start, end) {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(0, lineStart).split('\n').length - 1;
  return proseIn(linesOf(text.slice(lineStart, end)).map(({ number, text: line }) => ({ number: before + number, text: line })));
}

/**
 * Columns without what cannot be wrapped: the targets of links, and addresses.
 *
 * @param {string} line
 */
function widthOf(line) {
  return [...line.replace(/\]\([^)]*\)/g, ']').replace(/https?:\/\/\S+/g, '')].length;
}
