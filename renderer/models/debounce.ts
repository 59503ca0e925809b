/** Waits until nothing was asked for `delay` ms, then works once. */
export interface Debounced {
  (): void;
  /** Forgets what is waiting. */
  cancel(): void;
}

export function debounce(work: () => void, delay: number): Debounced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return Object.assign(
    (): void => {
      clearTimeout(timer);
      timer = setTimeout(work, delay);
    },
    {
      cancel(): void {
        clearTimeout(timer);
      },
    },
  );
}
