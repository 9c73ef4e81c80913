/** Charts on the site: they keep labels that one can read, and scroll sideways as tables do. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/** How far a chart shrinks before it scrolls: its smallest labels have 10 pixels. */
const SMALLEST = 0.78;

/** Makes a figure of each paragraph that is an SVG alone. */
export function charts(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('charts', ({ tokens, env }) => {
    for (const [index, { type, children }] of tokens.entries()) {
      const [image, ...others] = children ?? [];
      const source = image?.attrGet('src');
      if (type !== 'inline' || image?.type !== 'image' || others.length > 0 || !source?.endsWith('.svg')) continue;
      const { width, height } = sizeOf(resolve(dirname(env.realPath ?? env.path), source));
      image.attrSet('width', width);
      image.attrSet('height', height);
      image.attrSet('style', `--least: ${Math.round(SMALLEST * Number(width))}px`);
      const [start, end] = [tokens[index - 1], tokens[index + 1]];
      if (start === undefined || end === undefined) continue;
      [start.tag, end.tag] = ['figure', 'figure'];
      start.attrSet('class', 'chart');
      // So that it scrolls by keyboard.
      start.attrSet('tabindex', '0');
    }
  });
}

function sizeOf(file: string): { readonly width: string; readonly height: string } {
  const [, width, height] = /^<svg[^>]* width="(\d+)" height="(\d+)"/.exec(readFileSync(file, 'utf8')) ?? [];
  if (width === undefined || height === undefined) throw new Error(`${file} has no size`);
  return { width, height };
}
