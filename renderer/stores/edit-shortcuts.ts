/** Window events for the draft: keyboard undo and redo, and a check of the file at focus. */
import { nextTick, onBeforeUnmount, onMounted } from 'vue';
import { useI18n } from 'vue-i18n';
import { createFieldEdits, undoOf } from '../models/draft/undo-keys.ts';
import { useDraft } from './draft.ts';
import { useRemovals } from './removals.ts';
import { useWizard } from './wizard.ts';

const isMac = /mac/i.test(navigator.platform);

type TextField = HTMLInputElement | HTMLTextAreaElement;

const isTextField = (target: unknown): target is TextField =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'hidden'].includes(target.type));

/** A text field with its own edits keeps its undo. `ready`: whether the page has a draft. */
export function useEditShortcuts(ready: () => boolean): void {
  const { t } = useI18n({ useScope: 'global' });
  const draft = useDraft();
  const removals = useRemovals();
  const wizard = useWizard();
  const edits = createFieldEdits();

  async function go(what: 'undo' | 'redo'): Promise<void> {
    const field = what === 'undo' ? draft.undo() : draft.redo();
    if (field === undefined) {
      removals.say(() => t(`wizard.undo.no-${what}`));
      return;
    }
    removals.say(() => t(`wizard.undo.${what}`));
    await wizard.show(field);
    await nextTick();
    if (isTextField(document.activeElement)) edits.focused(document.activeElement.value);
  }

  function onKey(event: KeyboardEvent): void {
    const what = undoOf(event, isMac);
    if (what === undefined || !ready() || event.defaultPrevented) return;
    const { target } = event;
    if (target instanceof Element && target.closest('[role="dialog"]') !== null) return;
    if (isTextField(target) && edits.has(what, target.value)) return;
    event.preventDefault();
    void go(what);
  }

  const onFocus = ({ target }: FocusEvent): void => {
    if (isTextField(target)) edits.focused(target.value);
  };
  const onInput = (event: Event): void => edits.typed(event instanceof InputEvent ? event.inputType : '');
  // Another program may have changed the file while the window had no focus.
  const onReturn = (): void => {
    if (ready() && document.visibilityState === 'visible') void draft.lookAgain();
  };

  onMounted(() => {
    window.addEventListener('keydown', onKey);
    window.addEventListener('focusin', onFocus);
    window.addEventListener('input', onInput, true);
    window.addEventListener('focus', onReturn);
    document.addEventListener('visibilitychange', onReturn);
  });
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', onKey);
    window.removeEventListener('focusin', onFocus);
    window.removeEventListener('input', onInput, true);
    window.removeEventListener('focus', onReturn);
    document.removeEventListener('visibilitychange', onReturn);
  });
}
