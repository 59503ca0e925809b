/**
 * Builds the wizard's page. Mode `test-host` is for the end-to-end tests in an old Chromium 108: it adds polyfills and
 * is never shipped.
 */
import { fileURLToPath } from 'node:url';
import legacy from '@vitejs/plugin-legacy';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import vuetify from 'vite-plugin-vuetify';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => {
  const forTestHost = mode === 'test-host';
  return {
    root: folder('./renderer'),
    base: './',
    cacheDir: folder('./node_modules/.vite/renderer'),
    plugins: [
      vue(),
      vuetify({ autoImport: true }),
      forTestHost
        ? legacy({ modernTargets: 'chrome>=108', modernPolyfills: true, renderLegacyChunks: false })
        : undefined,
    ],
    define: {
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      __VUE_I18N_FULL_INSTALL__: 'false',
      __VUE_I18N_LEGACY_API__: 'false',
      __INTLIFY_PROD_DEVTOOLS__: 'false',
    },
    build: {
      outDir: folder(forTestHost ? './dist/test-host/renderer' : './dist/renderer'),
      emptyOutDir: true,
      // The page loads from a local disk: one request more or less does not matter, a stray inline asset would need CSP holes.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2500,
      modulePreload: { polyfill: false },
      ...(forTestHost ? {} : { target: 'chrome120' }),
    },
  };
});
