/** Runs once after `delay` ms without a call. */
export interface Debounced {
  (): void;
  /** Cancels the waiting call. */
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
