/**
 * Makes the page's relative links absolute, before the application takes them over: the bar at the
 * top, the sidebar and the icon stay when one goes to a page in another folder.
 */
export function makeLinksAbsolute(): void {
  const links = document.querySelectorAll<HTMLAnchorElement | HTMLLinkElement>('a[href^="."], link[rel="icon"]');
  for (const link of links) {
    const { pathname, hash } = new URL(link.href);
    link.href = pathname + hash;
  }
}
