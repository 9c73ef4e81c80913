/** Turns of the event loop. */

/**
 * Lets other tasks run. A message arrives at once; browsers delay nested timers by 4 milliseconds.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
