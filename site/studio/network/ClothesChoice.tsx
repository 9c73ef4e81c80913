/** The test pictures, as radio buttons. */
import type { Ref, VNode } from 'vue';
import { CLOTHES } from './clothes.ts';

/** The pictures in rows, each with its class. */
export function ClothesChoice({ model }: { readonly model: Ref<number> }): VNode {
  const count = CLOTHES.pictures.length;
  return (
    <fieldset class="clothes">
      <legend>Picture</legend>
      <div>
        {CLOTHES.pictures.map(({ index, label }, place) => (
          <label key={index} class={{ chosen: model.value === place }}>
            <input
              type="radio"
              name="clothes"
              checked={model.value === place}
              onChange={() => {
                model.value = place;
              }}
            />
            <i style={{ backgroundImage: `url(${CLOTHES.sprite})`, '--count': count, '--place': place }} />
            {CLOTHES.classes[label]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
