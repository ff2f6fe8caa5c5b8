/** What runs on this machine, and why the rest does not. */
import CheckCircleOutlineOutlined from '@mui/icons-material/CheckCircleOutlineOutlined';
import RemoveCircleOutlineOutlined from '@mui/icons-material/RemoveCircleOutlineOutlined';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import { Failure } from '../components/Failure.tsx';
import { closeOverlay, useOverlay } from '../state/dialogs.ts';
import { loadDoctor, useWorkspace } from '../state/workspace.ts';

export function DoctorDialog() {
  const open = useOverlay((overlay) => overlay.open === 'doctor');
  const doctor = useWorkspace((workspace) => workspace.doctor);
  return (
    <Dialog open={open} onClose={closeOverlay} maxWidth="sm" fullWidth aria-labelledby="doctor-title">
      <DialogTitle id="doctor-title">Devices</DialogTitle>
      <DialogContent>
        {doctor.status === 'error' && (
          <Failure
            error={doctor.error}
            what="The devices could not be listed."
            retry={() => void loadDoctor()}
          />
        )}
        {doctor.value === undefined && doctor.status === 'loading' && (
          <Skeleton variant="rounded" height={120} />
        )}
        {doctor.value !== undefined && (
          <>
            <p>
              A run started now uses <strong>{doctor.value.chosen.name}</strong>:{' '}
              {doctor.value.chosen.reason.replace(/^auto: /, '')}
            </p>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Device</th>
                  <th scope="col">Kind</th>
                  <th scope="col">Works</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {doctor.value.devices.map((device) => (
                  <tr key={device.name}>
                    <td className="number">{device.name}</td>
                    <td>{device.kind === 'gpu' ? 'GPU' : 'CPU'}</td>
                    <td>
                      {device.available ? (
                        <span className="state state-green">
                          <CheckCircleOutlineOutlined /> yes
                        </span>
                      ) : (
                        <span className="state state-grey">
                          <RemoveCircleOutlineOutlined /> no
                        </span>
                      )}
                    </td>
                    <td className="wrap">{device.reason}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="muted">
              Finegrain {doctor.value.version}, Node {doctor.value.node}. {doctor.value.electron.reason}
            </p>
          </>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={() => void loadDoctor()}>Look again</Button>
        <Button onClick={closeOverlay} variant="contained">
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}
