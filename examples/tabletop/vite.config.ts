import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [react()],
  resolve: { conditions: ['holdfast-source', ...defaultClientConditions] },
  // The server's content policy takes fonts and pictures from itself only, not from within a style sheet.
  build: { assetsInlineLimit: 0, outDir: 'dist', emptyOutDir: true, target: 'es2023' },
});
