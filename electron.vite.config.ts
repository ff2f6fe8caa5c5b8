import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import manifest from './package.json' with { type: 'json' };

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // Packages stay packages in these processes: several are native or CommonJS, and none gains by bundling.
      externalizeDeps: { include: Object.keys(manifest.optionalDependencies) },
      target: 'node24',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: {
          electron: 'src/main/electron.ts',
          'host-process': 'src/main/host-process.ts',
          trainer: 'src/main/trainer.ts',
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      minify: false,
      // A sandboxed preload script must be one CommonJS file.
      rolldownOptions: {
        input: { index: 'src/preload/index.ts' },
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    base: './',
    plugins: [react()],
    build: {
      outDir: 'out/renderer',
      emptyOutDir: true,
      minify: true,
      // Fonts and images stay files: the content security policy lists no data: scripts, and files cache better.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 6000,
      rolldownOptions: { input: { index: 'src/renderer/index.html' } },
    },
  },
});
