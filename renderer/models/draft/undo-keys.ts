/** Which undo a key press means: that of the text field that has the focus, or that of the draft. */

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** Ctrl-Z, Ctrl-Shift-Z and Ctrl-Y; on a Mac the command key. */
export function undoOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Key, mac: boolean): 'undo' | 'redo' | undefined {
  if (altKey || (mac ? ctrlKey || !metaKey : metaKey || !ctrlKey)) return undefined;
  const letter = key.toLowerCase();
  if (letter === 'z') return shiftKey ? 'redo' : 'undo';
  return letter === 'y' && !mac && !shiftKey ? 'redo' : undefined;
}

/** The text field that has the focus, as far as undo goes. */
export interface FieldEdits {
  focused(value: string): void;
  typed(inputType: string): void;
  /** Whether the field can undo or redo an edit of its own. `value`: what stands in it now. */
  has(what: 'undo' | 'redo', value: string): boolean;
}

/**
 * A field whose value differs from the one it had when it got the focus has edits of its own. After its own undo it may have
 * something to redo.
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
