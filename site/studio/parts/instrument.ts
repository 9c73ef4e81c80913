/** Instruments that are hydrated one after the other, so that a page full of them never stalls. */
import { type Component, defineAsyncComponent, type HydrationStrategy } from 'vue';
import { onIdleOrUse, untilIdle } from './idle.ts';

type Load = () => Promise<{ readonly default: Component }>;

/**
 * An instrument for a page in Markdown. The page has its first rendering from the build. The
 * browser loads its code and hydrates it in a task of its own.
 */
export function instrument(load: Load): Component {
  return defineAsyncComponent({ loader: withKernels(load), hydrate: onIdleOrUse });
}

/**
 * Instruments that share a state. They are hydrated in one task: by the next one, the state may
 * differ from what the build rendered.
 */
export function instrumentsTogether(...loads: readonly Load[]): readonly Component[] {
  const waiting: Parameters<HydrationStrategy>[] = [];
  const together: HydrationStrategy = (...part) => {
    waiting.push(part);
    if (waiting.length < loads.length) return;
    return onIdleOrUse(
      () => {
        for (const [hydrate] of waiting) hydrate();
      },
      (visit) => {
        for (const [, forEachElement] of waiting) forEachElement(visit);
      },
    );
  };
  return loads.map((load) => defineAsyncComponent({ loader: withKernels(load), hydrate: together }));
}

/** Loads an instrument once the page around it is hydrated, and the kernels are compiled. */
function withKernels(load: Load): Load {
  if (import.meta.env.SSR) return load;
  return async () => {
    await untilIdle();
    const [module] = await Promise.all([load(), compileKernels()]);
    return module;
  };
}

let compiled: Promise<void> | undefined;

/** The first calls compile: they are made before an instrument needs them, each in its own task. */
function compileKernels(): Promise<void> {
  compiled ??= import('../window/window-numbers.ts').then(async ({ outputOf, gradientOf }) => {
    await untilIdle();
    outputOf([0, 1], 1);
    await untilIdle();
    gradientOf([0, 1], 1, 'weights');
  });
  return compiled;
}
