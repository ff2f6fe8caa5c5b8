/** Draws the window, once the page it opens on is here too: so nothing is drawn only to be drawn anew. */
import './jitless.ts';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { parseHash } from './logic/deepLink.ts';
import { methodRules } from './logic/methodColours.ts';
import { loadPage } from './pages/index.ts';
import { useView } from './state/view.ts';

export async function openWindow(): Promise<void> {
  const page = parseHash(window.location.hash)?.page ?? useView.getState().page;
  const methods = new CSSStyleSheet();
  methods.replaceSync(methodRules());
  document.adoptedStyleSheets.push(methods);
  // A page that cannot be fetched says so in its place, with the rest of the window around it.
  await loadPage[page]().catch(() => undefined);
  createRoot(document.getElementById('root') as HTMLElement).render(<App />);
}
