/** One of several, as a row of radio buttons that look like one bar. */
import type { Ref, VNode } from 'vue';

interface ChoiceProps<T extends string> {
  /** Unique on the page: browsers let only one radio button of a name be checked. */
  readonly id: string;
  /** What is chosen. */
  readonly label: string;
  readonly choices: readonly T[];
  readonly model: Ref<T>;
}

/** The bar. The label is above it. */
export function Choice<T extends string>({ id, label, choices, model }: ChoiceProps<T>): VNode {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-bar">
        {choices.map((choice) => (
          <label key={choice} class={{ chosen: choice === model.value }}>
            <input
              type="radio"
              name={id}
              value={choice}
              checked={choice === model.value}
              onChange={() => {
                model.value = choice;
              }}
            />
            {choice}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
