import Alert from '@mui/material/Alert';
import { useWorkspace } from '../state/workspace.ts';

/** While the line to the host is down everything on show is as of the last contact. Runs go on without the page. */
export function Disconnected() {
  const connected = useWorkspace((workspace) => workspace.connected);
  const reason = useWorkspace((workspace) => workspace.disconnectReason);
  if (connected) return null;
  return (
    <Alert severity="warning" variant="outlined" className="disconnected" role="alert">
      {reason ?? 'The connection to the host is down.'} What you see is as of the last contact; the page keeps
      trying to connect.
    </Alert>
  );
}
