/** Colours, sizes and icons of the wizard. Contrast of text and background is at least 4.5 : 1 in both themes. */
import { createVuetify, type ThemeDefinition } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';
import { createVueI18nAdapter } from 'vuetify/locale/adapters/vue-i18n';
import { type I18n, useI18n } from 'vue-i18n';

const light: ThemeDefinition = {
  dark: false,
  colors: {
    background: '#F6F7F9',
    surface: '#FFFFFF',
    'surface-variant': '#45515F',
    'on-surface-variant': '#FFFFFF',
    sunken: '#EEF1F4',
    'on-sunken': '#1A2129',
    primary: '#1D4F91',
    secondary: '#4A5766',
    success: '#19703A',
    warning: '#8A5300',
    error: '#B3261E',
    info: '#1D5FA8',
    'on-background': '#1A2129',
    'on-surface': '#1A2129',
    'on-warning': '#FFFFFF',
  },
  variables: {
    'border-color': '#1A2129',
    'border-opacity': 0.16,
    'high-emphasis-opacity': 1,
    'medium-emphasis-opacity': 0.74,
    'disabled-opacity': 0.5,
  },
};

const dark: ThemeDefinition = {
  dark: true,
  colors: {
    background: '#12161B',
    surface: '#1A2027',
    'surface-variant': '#C3CCD6',
    'on-surface-variant': '#12161B',
    sunken: '#151A20',
    'on-sunken': '#E6EAEE',
    primary: '#8FBAF3',
    secondary: '#AAB6C3',
    success: '#7CCB98',
    warning: '#F0B759',
    error: '#FF9E94',
    info: '#8FBAF3',
    'on-background': '#E6EAEE',
    'on-surface': '#E6EAEE',
    'on-primary': '#0B2545',
    'on-success': '#0B2A16',
    'on-warning': '#2E1D00',
    'on-error': '#410E0B',
    'on-info': '#0B2545',
  },
  variables: {
    'border-color': '#E6EAEE',
    'border-opacity': 0.18,
    'high-emphasis-opacity': 1,
    'medium-emphasis-opacity': 0.76,
    'disabled-opacity': 0.5,
  },
};

export const createTheme = (i18n: I18n) =>
  createVuetify({
    theme: { defaultTheme: 'system', themes: { light, dark } },
    icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
    locale: { adapter: createVueI18nAdapter({ i18n, useI18n }) },
    defaults: {
      VTextField: { variant: 'outlined', density: 'compact', hideDetails: true, color: 'primary' },
      VTextarea: { variant: 'outlined', density: 'compact', hideDetails: true, color: 'primary' },
      VSelect: { variant: 'outlined', density: 'compact', hideDetails: true, color: 'primary' },
      VCombobox: { variant: 'outlined', density: 'compact', hideDetails: true, color: 'primary' },
      VCheckbox: { density: 'compact', hideDetails: true, color: 'primary' },
      VRadioGroup: { density: 'compact', hideDetails: true, color: 'primary' },
      VBtn: { variant: 'outlined', ripple: false },
      VTable: { density: 'compact' },
    },
  });
