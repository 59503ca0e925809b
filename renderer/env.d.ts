/** What the page's own world knows beside TypeScript: components, and the host's mark from the preload. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent<object, object, unknown>;
  export default component;
}

declare module '*.css';

interface Window {
  /** Set by the preload in the Electron window; missing in a browser. */
  readonly edgeHost?: 'electron';
}
