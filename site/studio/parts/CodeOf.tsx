/** The code of what an instrument shows, to copy. */
import { defineComponent, ref } from 'vue';

/** A language, and the code in it. */
export interface Snippet {
  readonly language: 'TypeScript' | 'Command' | 'PyTorch';
  readonly code: string;
}

/** Buttons that show a snippet and copy it. Where a page must not copy, the code can be selected. */
export const CodeOf = defineComponent(
  (props: { snippets: readonly Snippet[] }) => {
    const shown = ref<Snippet['language']>();
    const copied = ref({ code: '', said: '' });
    const copy = async ({ language, code }: Snippet) => {
      shown.value = language;
      try {
        await navigator.clipboard.writeText(code);
        copied.value = { code, said: 'Copied.' };
      } catch {
        copied.value = { code, said: 'This browser does not let the page copy. Select the code below.' };
      }
    };
    return () => {
      const snippet = props.snippets.find(({ language }) => language === shown.value);
      return (
        <div class="code-of">
          <div class="code-buttons">
            <span>Copy as</span>
            {props.snippets.map((each) => (
              <button key={each.language} type="button" aria-pressed={shown.value === each.language} onClick={() => void copy(each)}>
                {each.language}
              </button>
            ))}
            <span class="said" role="status">
              {copied.value.code === snippet?.code ? copied.value.said : ''}
            </span>
          </div>
          {snippet && (
            <pre tabindex={0}>
              <code>{snippet.code}</code>
            </pre>
          )}
        </div>
      );
    };
  },
  { props: ['snippets'] },
);
