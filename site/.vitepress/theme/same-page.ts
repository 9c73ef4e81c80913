import type { Router } from 'vitepress';

/**
 * Keeps the page when a visitor goes back or forward within it, with the picture, the clip and the
 * model that were opened there; the browser restores where one was. VitePress would load the page
 * anew, since its first rendering is from another file.
 */
export function keepSamePage(router: Router): void {
  let followsLink = false;
  let latest: string | undefined;
  router.onBeforeRouteChange = () => {
    followsLink = true;
  };
  router.onBeforePageLoad = (to) => {
    const { pathname } = new URL(to, location.href);
    // A page that is still loading replaces the one that is shown.
    const isShown = pathname === router.route.path && pathname === latest;
    if (isShown && !followsLink) return false;
    followsLink = false;
    latest = pathname;
    return true;
  };
}
