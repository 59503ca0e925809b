/**
 * Vuetify writes its theme into a `<style>` element, which a strict Content-Security-Policy refuses. This minimal
 * `head` of a server renderer writes into a constructed style sheet instead, which the policy allows.
 */
import type { App } from 'vue';

interface Head {
  readonly style?: readonly { readonly textContent?: string }[];
}

export function acceptThemeStyles(app: App): void {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const write = (getHead: () => Head): void => {
    sheet.replaceSync((getHead().style ?? []).map(({ textContent }) => textContent ?? '').join('\n'));
  };
  app.provide('usehead', {
    push(getHead: () => Head) {
      write(getHead);
      return { patch: write };
    },
  });
}
