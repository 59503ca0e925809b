/** Colours and fonts of the drawing: variables for pages that have themes, fixed values for print. */

const print = {
  ink: '#17212b',
  muted: '#566573',
  paper: '#ffffff',
  frame: '#f5f7f9',
  zone: '#ffffff',
  line: '#c5ced6',
  box: '#ffffff',
  outside: '#eef2f5',
  wan: '#b3530b',
  lan: '#0a6c8f',
  vip: '#6039a8',
  tunnel: '#2b7a4b',
} as const;

export type DrawingColour = keyof typeof print;

export interface DrawingTheme {
  readonly colour: (name: DrawingColour) => string;
  readonly font: string;
}

/** For paper and for readers that know no CSS variables. Roboto is the font that the PDF embeds. */
export const printTheme: DrawingTheme = { colour: (name) => print[name], font: 'Roboto' };

/** For pages: the CSS variable `--edge-drawing-<name>` of the page, with the print colour as the default. */
export const pageTheme: DrawingTheme = {
  colour: (name) => `var(--edge-drawing-${name}, ${print[name]})`,
  font: 'var(--edge-drawing-font, Roboto, "Segoe UI", system-ui, sans-serif)',
};
