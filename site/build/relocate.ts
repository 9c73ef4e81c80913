/**
 * Makes a build independent of the path that it is served from. VitePress builds for one absolute
 * base (https://github.com/vuejs/vitepress/issues/5029). The base is a placeholder here. Pages get
 * relative addresses in its place, style sheets too, and scripts compute it from their own address.
 * Each page gets its Content Security Policy, with the hashes of its inline scripts.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesIn } from './files.ts';
import { writeServiceWorker } from './service-worker.ts';

/** The base that VitePress builds for. */
export const PLACEHOLDER = '/__softpool_base__/';

/** Without these headers a page has no SharedArrayBuffer, and so no threads. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/**
 * Rewrites the files of a build in place, and writes `_headers` for hosts that read it.
 *
 * @param home - The path of the site on its host, with a slash at both ends. Hosts show 404.html at
 *   any address, so its own addresses start there. Without it, they are right in the top folder
 *   only.
 */
export function relocate(folder: string, home?: string): void {
  if (home && !/^\/(?:.*\/)?$/.test(home)) throw new Error(`SITE_HOME must begin and end with a slash, received ${home}`);
  const scripts = new Set<string>();
  for (const file of filesIn(folder)) {
    const path = join(folder, file);
    if (file.endsWith('.html')) {
      const { html, hashes } = relocatePage(readFileSync(path, 'utf8'), (file === '404.html' && home) || upFrom(file));
      for (const hash of hashes) scripts.add(hash);
      writeFileSync(path, html);
    } else if (file.endsWith('.js')) {
      writeFileSync(path, relocateScript(readFileSync(path, 'utf8'), upFrom(file)));
    } else if (file.endsWith('.css')) {
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(PLACEHOLDER, upFrom(file)));
    }
  }
  writeServiceWorker(folder, ISOLATION);
  const headers = {
    ...ISOLATION,
    'Content-Security-Policy': `${policyOf([...scripts])}; frame-ancestors 'none'`,
    'X-Content-Type-Options': 'nosniff',
  };
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
  writeFileSync(join(folder, '_headers'), `/*\n${lines.join('')}`);
}

/** `./` for a file at the top, `../` for one in a folder, and so on. */
function upFrom(file: string): string {
  return '../'.repeat(file.split('/').length - 1) || './';
}

function relocatePage(html: string, up: string): { html: string; hashes: string[] } {
  // VitePress gives the bar at the top these classes once its script runs, which would shift it.
  const hasSidebar = html.includes('VPNavBarTitle has-sidebar');
  const moved = html.replaceAll(PLACEHOLDER, up).replace('class="VPNavBar"', `class="VPNavBar${hasSidebar ? ' has-sidebar' : ''} top"`);
  const inline = Array.from(moved.matchAll(/<script(?![^>]* src=)[^>]*>(.+?)<\/script>/gs), ([, script]) => script as string);
  const hashes = inline.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  const policy = `<meta http-equiv="Content-Security-Policy" content="${policyOf(hashes)}">`;
  return { html: moved.replace('<meta charset="utf-8">', `<meta charset="utf-8">\n    ${policy}`), hashes };
}

/**
 * VitePress and the code blocks have inline styles. Pictures, workers and downloads are blobs.
 * Firefox prefetches pages by `default-src`.
 */
function policyOf(scriptHashes: readonly string[]): string {
  return [
    "default-src 'self'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...scriptHashes].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self' blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "frame-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Replaces the placeholder in strings by an expression, `__base`. */
function relocateScript(code: string, up: string): string {
  if (!code.includes(PLACEHOLDER)) return code;
  const source = ts.createSourceFile('chunk.js', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  let moved = `const __base=new URL(${JSON.stringify(up)},import.meta.url).pathname;`;
  let done = 0;
  const visit = (node: ts.Node): void => {
    const start = node.getStart(source);
    if (!code.slice(start, node.end).includes(PLACEHOLDER)) return;
    if (!ts.isStringLiteral(node) && !ts.isNoSubstitutionTemplateLiteral(node) && !ts.isTemplateExpression(node)) {
      ts.forEachChild(node, visit);
      return;
    }
    const text = code.slice(start, node.end);
    const quote = text[0] as string;
    const base = quote === '`' ? '$' + '{__base}' : `${quote}+__base+${quote}`;
    moved += `${code.slice(done, start)}(${text.replaceAll(PLACEHOLDER, base)})`;
    done = node.end;
  };
  visit(source);
  const result = moved + code.slice(done);
  if (result.includes(PLACEHOLDER))
    throw new Error(
      `the base is in code other than a string: ${result.slice(result.indexOf(PLACEHOLDER) - 80, result.indexOf(PLACEHOLDER) + 80)}`,
    );
  return result;
}
