/** The entry point of the wizard's page. */
import '@fontsource-variable/inter/wght.css';
import 'vuetify/styles';
import './theme/app.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { z } from 'zod';
import App from './app.vue';
import { connect } from './client/connect.ts';
import { connectionKey } from './client/injection.ts';
import { createTranslations } from './i18n/i18n.ts';
import { acceptThemeStyles } from './theme/constructed-styles.ts';
import { createTheme } from './theme/vuetify.ts';

// The page's policy forbids code from strings, which zod's fast path would use.
z.config({ jitless: true });

const translations = createTranslations('en');
const app = createApp(App);
acceptThemeStyles(app);
app.provide(connectionKey, connect());
app.use(createPinia()).use(translations).use(createTheme(translations));
app.mount('#app');
