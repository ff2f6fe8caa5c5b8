/** Opens the line to the host. Imported before the window's own modules: the host answers while they are evaluated. */
import { createClient } from './client/index.ts';
import { connect } from './state/workspace.ts';

connect(createClient());
