/** Keeping the files takes both cores of a small computer; the page is hydrated first. */
const WAIT_MS = 2000;

/**
 * Keeps the site for later visits without a network. Where a browser has no service workers, or
 * forbids storage, the site works online only.
 */
export function registerServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  const register = () => navigator.serviceWorker.register(`${import.meta.env.BASE_URL}service-worker.js`).catch(() => undefined);
  const registerLater = () => setTimeout(() => void register(), WAIT_MS);
  if (document.readyState === 'complete') registerLater();
  else addEventListener('load', registerLater, { once: true });
}
