/**
 * Links of docs/ to files that the site does not have, such as sources: they lead to the
 * repository, or are plain text while publishing.json has none.
 */
import type { MarkdownRenderer } from 'vitepress';
import { PUBLISHING } from '../../scripts/publishing.mjs';

/** Replaces links that leave `docs/` and `site/pages/`. */
export function linksToRepository(markdown: MarkdownRenderer): void {
  const { link_open: openLink, link_close: closeLink } = markdown.renderer.rules;
  const left: string[] = [];
  markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const target = String(token?.attrGet('href') ?? '');
    const [, path] = /^\.\.\/((?!docs\/|site\/).*)$/.exec(target) ?? [];
    left.push(path === undefined ? '' : PUBLISHING.repository === null ? 'text' : 'repository');
    if (path === undefined || token === undefined)
      return openLink?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
    if (PUBLISHING.repository === null) return '<span>';
    token.attrSet('href', `${PUBLISHING.repository.replace(/^git\+|\.git$/g, '')}/blob/main/${path}`);
    return self.renderToken(tokens, index, options);
  };
  markdown.renderer.rules.link_close = (tokens, index, options, env, self) =>
    left.pop() === 'text' ? '</span>' : (closeLink?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options));
}
