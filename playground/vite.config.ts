// How the playground is served and built: under any path, from the package as it is built in dist/.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { digits } from './build/digits.ts';
import { theme } from './build/theme.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('.'),
  base: './',
  publicDir: false,
  cacheDir: at('../.cache/vite'),
  plugins: [theme(), digits()],
  resolve: { alias: [{ find: /^normlayers$/, replacement: at('../dist/index.js') }] },
  server: { fs: { allow: [at('..')] } },
  worker: { format: 'es' },
  build: {
    outDir: at('../site/dist/playground'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    assetsInlineLimit: 0,
  },
});
