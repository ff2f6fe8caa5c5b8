/** Draws the window once the page it opens on is here too: so nothing is drawn only to be drawn anew. */
import './jitless.ts';
import './line.ts';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles.css';
import './components/cards.css';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { listenToKeys } from './actions/keys.ts';
import { parseHash } from './logic/deepLink.ts';
import { methodRules } from './logic/methodColours.ts';
import { loadPage } from './pages/index.ts';
import { useView } from './state/view.ts';

const methods = new CSSStyleSheet();
methods.replaceSync(methodRules());
document.adoptedStyleSheets.push(methods);
// Shortcuts change state only, so that they may come before there is anything to see.
listenToKeys();
const page = parseHash(window.location.hash)?.page ?? useView.getState().page;
// A page that cannot be fetched says so in its place, with the rest of the window around it.
await loadPage[page]().catch(() => undefined);
createRoot(document.getElementById('root') as HTMLElement).render(<App />);
