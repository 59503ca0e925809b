/** The connection to the installer, and the installer's information. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { AppInfo } from '../../core/contract.ts';
import type { Language } from '../../core/base/text.ts';
import { useConnection } from '../client/injection.ts';
import type { ConnectionState } from '../client/link.ts';
import { translatedLanguages } from '../i18n/messages.ts';

export const useSession = defineStore('session', () => {
  const connection = useConnection();
  const { locale } = useI18n({ useScope: 'global' });
  const state = shallowRef<ConnectionState>('connecting');
  const info = shallowRef<AppInfo>();
  const listeners: (() => void)[] = [];
  let wasOpen = false;

  connection.onState((next) => {
    const back = wasOpen && next === 'open';
    wasOpen ||= next === 'open';
    state.value = next;
    if (back) for (const tell of listeners) tell();
  });

  const showLanguage = (language: Language): void => {
    locale.value = language;
    document.documentElement.lang = language;
  };

  return {
    state,
    info,
    languages: computed(() =>
      translatedLanguages.filter((language) => info.value?.languages.includes(language) ?? true),
    ),
    async load() {
      info.value = await connection.client.app.info();
      showLanguage(info.value.language);
    },
    /** Called after a reconnect, following a loss or with a new address. */
    onReturn(tell: () => void) {
      listeners.push(tell);
    },
    async chooseLanguage(language: Language) {
      showLanguage(language);
      await connection.client.app.setLanguage({ language }).catch(() => undefined);
    },
  };
});
