/** The font files that a raster is drawn with, so that text looks the same on a machine that has no fonts at all. */
import { createRequire } from 'node:module';

const resolve = createRequire(import.meta.url).resolve;

/** Static instances of Inter (SIL Open Font License), by weight. */
export const fontFiles = {
  regular: resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  semibold: resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
} as const;
