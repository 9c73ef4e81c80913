/** VitePress's default theme, with the fonts of the system and our colors. */
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import './theme.css';
// After the styles of VitePress, which have the same weight.
import '../../studio/parts/studio.css';
import { makeLinksAbsolute } from './links.ts';
import { registerServiceWorker } from './offline.ts';
import { printInLight } from './print.ts';
import { keepSamePage } from './same-page.ts';

export default {
  extends: DefaultTheme,
  enhanceApp({ router }) {
    if (import.meta.env.SSR) return;
    makeLinksAbsolute();
    keepSamePage(router);
    printInLight();
    if (import.meta.env.PROD) registerServiceWorker();
  },
} satisfies Theme;
