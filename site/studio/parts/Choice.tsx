/** One of several, as a row of radio buttons that look like one bar. */
import type { VNode } from 'vue';

interface ChoiceProps<T extends string> {
  /** What is chosen. */
  readonly label: string;
  readonly choices: readonly { readonly value: T; readonly text: string }[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}

/** The bar. The label is above it. */
export function Choice<T extends string>({ label, choices, value, onChoose }: ChoiceProps<T>): VNode {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-bar">
        {choices.map((choice) => (
          <label key={choice.value} class={{ chosen: choice.value === value }}>
            <input
              type="radio"
              name={label}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChoose(choice.value)}
            />
            {choice.text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
