import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// The browser fetches the page itself while the first script, which is small, asks for the first rows.
const together: Plugin = {
  name: 'together',
  transformIndexHtml: () => [{ tag: 'link', attrs: { rel: 'modulepreload', href: '/page.js' }, injectTo: 'head' }],
};

// Scripts and one sheet with fixed names: the program serves them as they are, and its policy allows nothing inline.
export default defineConfig({
  plugins: [svelte(), together],
  build: {
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: {
      output: { entryFileNames: 'first.js', chunkFileNames: '[name].js', assetFileNames: 'page[extname]' },
    },
  },
});
