import Alert from '@mui/material/Alert';
import { useWorkspace } from '../state/workspace.ts';

/** While the line to the host is down everything on show is as of the last contact. Runs go on without the page. */
export function Disconnected() {
  const connected = useWorkspace((workspace) => workspace.connected);
  if (connected) return null;
  return (
    <Alert severity="warning" variant="outlined" className="disconnected" role="alert">
      The connection to the host is down; what you see is as of the last contact. Connecting again; runs go on
      meanwhile.
    </Alert>
  );
}
