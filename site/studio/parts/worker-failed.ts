/** What an instrument says when its worker reports an error of its own. */
export const WORKER_FAILED = 'The worker of this page could not start or ran out of memory. Reload the page.';
