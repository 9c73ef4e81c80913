// The site: docs/ as they are, the pages of site/pages, and the API reference that typedoc writes.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { WORKSPACE_SOURCES } from '../../scripts/workspace-sources.mjs';
import { charts } from '../build/charts.ts';
import { changelog, withInstruments, withTitle } from '../build/generated-prose.ts';
import { hydrateLater } from '../build/later-hydration.ts';
import { PLACEHOLDER, relocate } from '../build/relocate.ts';
import { linksToRepository } from '../build/repository-links.ts';
import { shortCode } from '../build/short-code.ts';
import { NOTE_PRESSES } from '../studio/parts/early-use.ts';
import { descriptionOf, REFERENCE, SIDEBAR, titleOfReference } from './pages.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** VitePress writes this page by script only. */
const NOT_FOUND = `<noscript><main class="vp-doc" style="padding: 24px"><h1>Page not found</h1><p><a href="${PLACEHOLDER}">Go to the start page</a></p></main></noscript>`;

export default defineConfig({
  lang: 'en-US',
  title: 'SoftPool',
  titleTemplate: ':title · SoftPool for TypeScript',
  description: 'Softmax-weighted pooling for TypeScript: see it, try it, read how to use it',
  // The build is moved to relative addresses afterwards: see relocate.ts.
  base: process.argv.includes('build') ? PLACEHOLDER : '/',
  srcDir: '..',
  srcExclude: [
    '*.md',
    '{.changeset,.github,examples,packages,private,tests,test-output,demo-output,bench-output}/**',
    'site/reference/*/**/modules.md',
    'site/network/README.md',
  ],
  outDir: 'dist',
  rewrites: (page) => page.replace(/^site\/(?:pages\/)?/, ''),
  metaChunk: true,
  // The service worker keeps all pages, one after another.
  router: { prefetchLinks: false },
  // Without transitions, each load computes the styles of the whole page three times more.
  appearance: { disableTransition: false },
  lastUpdated: false,
  head: [
    ['link', { rel: 'icon', href: `${process.argv.includes('build') ? PLACEHOLDER : '/'}icon.svg`, type: 'image/svg+xml' }],
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    ['script', {}, NOTE_PRESSES],
    ['noscript', {}, '<style>.instrument::before { content: "This part needs JavaScript, which is off here." }</style>'],
  ],
  markdown: {
    config: (markdown) => {
      linksToRepository(markdown);
      charts(markdown);
      shortCode(markdown);
    },
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  transformPageData(page) {
    page.description = descriptionOf(page.relativePath);
    if (page.relativePath === 'index.md') page.titleTemplate = false;
    if (page.relativePath.startsWith(REFERENCE)) page.title = titleOfReference(page.relativePath);
  },
  // Without the address of the site there is neither a picture nor a canonical link.
  transformHead: ({ title, description }) => [
    ['meta', { property: 'og:type', content: 'website' }],
    ['meta', { property: 'og:site_name', content: 'SoftPool for TypeScript' }],
    ['meta', { property: 'og:title', content: title }],
    ['meta', { property: 'og:description', content: description }],
  ],
  transformHtml: (html, _, { page }) => (page === '404.md' ? html.replace('</body>', `${NOT_FOUND}</body>`) : undefined),
  themeConfig: {
    nav: [
      { text: 'Studio', link: '/studio' },
      { text: 'Get started', link: '/docs/getting-started' },
      { text: 'Guides', link: '/docs/operator', activeMatch: '^/docs/(?!getting-started)' },
      { text: 'Reference', link: '/reference/modules', activeMatch: '^/reference/' },
    ],
    sidebar: SIDEBAR,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        detailedView: false,
        // The index is made of the files, which Vite has not completed.
        _render: (text, env, markdown) => markdown.render(completePage(text, env.path) ?? text, env),
      },
    },
    docFooter: { prev: 'Previous', next: 'Next' },
    notFound: {
      title: 'Page not found',
      quote: 'There is no page at this address.',
      linkLabel: 'Go to the start page',
      linkText: 'Go to the start page',
    },
    externalLinkIcon: true,
  },
  vite: {
    publicDir: fileURLToPath(new URL('../public', import.meta.url)),
    cacheDir: fileURLToPath(new URL('cache', import.meta.url)),
    // ONNX Runtime's own files are copied as they are, so that its threads find them.
    resolve: { alias: WORKSPACE_SOURCES, conditions: ['onnxruntime-web-use-extern-wasm'] },
    esbuild: { jsx: 'automatic', jsxImportSource: 'vue' },
    plugins: [{ name: 'generated-prose', enforce: 'pre', transform: completePage }, hydrateLater()],
    worker: { format: 'es' },
    server: { fs: { allow: [ROOT] } },
    build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
  },
  buildEnd: ({ outDir }) => relocate(outDir, process.env.SITE_HOME),
});

/** A page as Markdown, completed. */
function completePage(text: string, id: string): string | undefined {
  const path = id.replace(`${ROOT}site/`, '').replace(/^pages\//, '');
  if (path.startsWith(REFERENCE)) return withTitle(text, titleOfReference(path)).replaceAll('/modules.md)', '/index.md)');
  if (path === 'changelog.md') return changelog();
  return path.startsWith(`${ROOT}docs/`) ? withInstruments(text) : undefined;
}

/** The address of a heading, by GitHub's rule, which the links in docs/ and typedoc follow. */
function slugify(heading: string): string {
  return heading
    .toLowerCase()
    .trim()
    .replace(/[^\p{Letter}\p{Number}\p{Mark}_ -]/gu, '')
    .replaceAll(' ', '-');
}
