/** Types of the page's globals: Vue components, and the preload's mark of the Electron window. */
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
