/** Decides whether a key press is the undo of the focused text field or of the draft. */

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** Ctrl-Z, Ctrl-Shift-Z and Ctrl-Y; on a Mac the command key. */
export function undoOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Key, mac: boolean): 'undo' | 'redo' | undefined {
  if (altKey || (mac ? ctrlKey || !metaKey : metaKey || !ctrlKey)) return undefined;
  const letter = key.toLowerCase();
  if (letter === 'z') return shiftKey ? 'redo' : 'undo';
  return letter === 'y' && !mac && !shiftKey ? 'redo' : undefined;
}

/** The undo state of the focused text field. */
export interface FieldEdits {
  focused(value: string): void;
  typed(inputType: string): void;
  /** Whether the field can undo or redo its own edit. `value`: its current value. */
  has(what: 'undo' | 'redo', value: string): boolean;
}

/**
 * A field has its own edits if its value differs from the value at focus. After its own undo it may have an edit to
 * redo.
 */
export function createFieldEdits(): FieldEdits {
  let before = '';
  let undone = false;
  return {
    focused(value): void {
      before = value;
      undone = false;
    },
    typed(inputType): void {
      if (inputType === 'historyUndo') undone = true;
      else if (inputType !== 'historyRedo') undone = false;
    },
    has: (what, value) => (what === 'undo' ? value !== before : undone),
  };
}
