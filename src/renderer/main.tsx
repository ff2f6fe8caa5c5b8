import './jitless.ts';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createClient } from './client/index.ts';
import { methodRules } from './logic/methodColours.ts';
import { connect } from './state/workspace.ts';

const methods = new CSSStyleSheet();
methods.replaceSync(methodRules());
document.adoptedStyleSheets.push(methods);
connect(createClient());
createRoot(document.getElementById('root') as HTMLElement).render(<App />);
