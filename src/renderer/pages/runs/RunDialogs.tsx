/** The dialogs about runs, whatever page they are opened on. */
import Dialog from '@mui/material/Dialog';
import { closeOverlay, useOverlay } from '../../state/dialogs.ts';
import { ForkBody } from './ForkBody.tsx';
import { SweepBody } from './SweepBody.tsx';
import { TrashBody } from './TrashBody.tsx';
import './dialogs.css';

export function RunDialogs() {
  const open = useOverlay((overlay) => overlay.open);
  return (
    <>
      <Dialog
        open={open === 'sweep'}
        onClose={closeOverlay}
        maxWidth="md"
        fullWidth
        aria-labelledby="sweep-title"
      >
        {open === 'sweep' && <SweepBody />}
      </Dialog>
      <Dialog
        open={open === 'fork'}
        onClose={closeOverlay}
        maxWidth="xs"
        fullWidth
        aria-labelledby="fork-title"
      >
        {open === 'fork' && <ForkBody />}
      </Dialog>
      <Dialog
        open={open === 'trash'}
        onClose={closeOverlay}
        maxWidth="sm"
        fullWidth
        aria-labelledby="trash-title"
      >
        {open === 'trash' && <TrashBody />}
      </Dialog>
    </>
  );
}
