import { defineConfig } from 'vite';

// What other pages load stands by itself at an address that does not change.
const kScripts = ['script', 'rating'];

/** A classic script shares its names with the whole page, so it gets a scope of its own. */
const ownScope = {
  name: 'own-scope',
  renderChunk: (code, { name }) =>
    kScripts.includes(name) ? { code: `(()=>{${code}})();`, map: null } : null,
};

export default defineConfig({
  base: '/',
  plugins: [ownScope],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // The server's policy allows no inline code and no data: script, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        'sign-in': `${import.meta.dirname}/sign-in.html`,
        script: `${import.meta.dirname}/src/tracking/script.ts`,
        rating: `${import.meta.dirname}/src/tracking/rating.ts`,
      },
      output: {
        entryFileNames: ({ name }) =>
          kScripts.includes(name) ? 'js/[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
});
