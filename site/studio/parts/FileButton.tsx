/** A file of the visitor's: chosen with a button, or dropped on the instrument. */
import { ref, type VNode } from 'vue';

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

/** Whether a file is held over the instrument, and the handlers of its section. */
export function useFileDrop(onFile: (file: File) => void) {
  const isOver = ref(false);
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
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  };
  return { isOver, handlers: { onDragover: hold, onDragleave: leave, onDrop: drop } };
}
