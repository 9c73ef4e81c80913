/** A worker as a part of the page uses it. */
import { onScopeDispose } from 'vue';

/**
 * A worker that the first request starts, and the first after a failure starts anew. It ends with
 * the part of the page that uses it.
 *
 * @param create - Makes the worker.
 * @param take - Gets each answer, but none of a worker that has ended.
 * @param fail - Called when the worker cannot be loaded, throws, or sends what cannot be read. It
 * has ended by then, with all that it knew.
 */
export function useWorker<Request, Answer>(create: () => Worker, take: (answer: Answer) => void, fail: () => void) {
  let worker: Worker | undefined;
  const end = () => {
    worker?.terminate();
    worker = undefined;
  };
  const start = () => {
    const started = create();
    started.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (started === worker) take(data);
    });
    for (const event of ['error', 'messageerror']) {
      started.addEventListener(event, () => {
        if (started !== worker) return;
        end();
        fail();
      });
    }
    return started;
  };
  onScopeDispose(end);
  return {
    ask(request: Request) {
      worker ??= start();
      worker.postMessage(request);
    },
    end,
  };
}
