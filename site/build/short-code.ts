/** Short code in a sentence stays on one line: browsers break flags after their hyphens. */
import type { MarkdownRenderer } from 'vitepress';

/** As many characters fit on the narrowest phone, in a list within a list too. */
const MOST_CHARACTERS = 24;

/** Gives such code the class `short`. */
export function shortCode(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('short-code', ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type === 'code_inline' && token.content.length <= MOST_CHARACTERS) token.attrJoin('class', 'short');
    }
  });
}
