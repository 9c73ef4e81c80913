/** What a visitor does with a part of the page before its code is there. */

declare global {
  interface Window {
    /** The button that was pressed last. */
    pressed?: Element | null;
  }
}

/** A script for the head of each page: it notes which button was pressed. */
export const NOTE_PRESSES = "addEventListener('click',e=>{pressed=e.target.closest?.('button')},true)";

type Control = HTMLInputElement | HTMLSelectElement;

/** The button of these elements that was pressed, if the last press was there. */
export function pressedButton(elements: readonly Element[]): HTMLElement | undefined {
  const { pressed } = window;
  return pressed instanceof HTMLElement && elements.some((element) => element.contains(pressed)) ? pressed : undefined;
}

/**
 * What these elements' controls were set to before they listened.
 *
 * @returns A function that sets them once more, so that those who listen now hear of it.
 */
export function earlySettings(elements: readonly Element[]): () => void {
  const controls = elements.flatMap((element) => [...element.querySelectorAll<Control>('input, select')]).filter(wasSet);
  const settings = controls.map((control) => ({ control, value: control.value }));
  return () => {
    for (const { control, value } of settings) {
      if (control instanceof HTMLInputElement && /^(?:radio|checkbox)$/.test(control.type)) control.checked = !control.defaultChecked;
      else if (control.type !== 'file') control.value = value;
      for (const event of ['input', 'change']) control.dispatchEvent(new Event(event, { bubbles: true }));
    }
  };
}

/** Whether a control differs from what was rendered. Of radio buttons, the one that is chosen. */
function wasSet(control: Control): boolean {
  if (control instanceof HTMLSelectElement) {
    const initial = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
    return control.selectedOptions[0] !== initial;
  }
  if (control.type === 'radio') return control.checked && !control.defaultChecked;
  if (control.type === 'checkbox') return control.checked !== control.defaultChecked;
  return control.value !== control.defaultValue;
}
