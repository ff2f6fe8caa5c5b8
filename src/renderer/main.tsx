/**
 * Two steps. This entry is small: it opens the line to the host and asks for what every page needs. While the host
 * answers, the window itself is fetched and built (`window.tsx`).
 */
import './styles.css';
import { createClient } from './client/index.ts';
import { connect } from './state/workspace.ts';

connect(createClient());
void import('./window.tsx').then(({ openWindow }) => openWindow());
