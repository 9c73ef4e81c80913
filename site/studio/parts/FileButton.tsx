/** A file of the visitor's: chosen with a button, or dropped on the instrument. */
import { onMounted, onUnmounted, ref, type VNode } from 'vue';

interface FileButtonProps {
  readonly text: string;
  /** File types, as in `accept` of an input. */
  readonly accept: string;
  readonly onFile: (file: File) => void;
}

/** The button. The same file can be chosen twice. */
export function FileButton({ text, accept, onFile }: FileButtonProps): VNode {
  const choose = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file) onFile(file);
    input.value = '';
  };
  return (
    <label class="file">
      <input type="file" accept={accept} onChange={choose} />
      {text}
    </label>
  );
}

/**
 * Files that an instrument takes: `choose` is for its button, `handlers` for its section, `take` for
 * what is pasted. `isOver` while one is held over it; `problem` after something else was dropped.
 */
export function useFile(onFile: (file: File) => void) {
  const isOver = ref(false);
  const problem = ref('');
  const choose = (file: File) => {
    problem.value = '';
    onFile(file);
  };
  const take = (files: Iterable<File>) => {
    const [file, ...others] = files;
    if (file === undefined) problem.value = 'This is not a file. Save it on this device first, then choose or drop it here.';
    else if (others.length > 0) problem.value = `These are ${others.length + 1} files. Take one of them.`;
    else choose(file);
  };
  const hold = (event: DragEvent) => {
    event.preventDefault();
    isOver.value = true;
  };
  const leave = () => {
    isOver.value = false;
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    isOver.value = false;
    take(event.dataTransfer?.files ?? []);
  };
  onMounted(() => {
    for (const type of DRAGS) addEventListener(type, keepPage);
  });
  onUnmounted(() => {
    for (const type of DRAGS) removeEventListener(type, keepPage);
  });
  return { isOver, problem, choose, take, handlers: { onDragover: hold, onDragleave: leave, onDrop: drop } };
}

const DRAGS = ['dragover', 'drop'] as const;

/** A browser opens a file that misses the instruments in place of the page. */
function keepPage(event: DragEvent): void {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'none';
}
