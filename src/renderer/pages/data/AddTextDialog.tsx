/** Text becomes a data set: files chosen or dropped, or text pasted. Reached from the Train panel and the Data page. */
import UploadFileOutlined from '@mui/icons-material/UploadFileOutlined';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import OutlinedInput from '@mui/material/OutlinedInput';
import { type DragEvent, useId, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { Failure } from '../../components/Failure.tsx';
import { dataSetName } from '../../logic/dataSetName.ts';
import { readTextFiles, type TextFile } from '../../logic/files.ts';
import { closeOverlay, useOverlay } from '../../state/dialogs.ts';
import { addText } from '../../state/runCommands.ts';
import { toggleData, useTraining } from '../../state/training.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { useIncoming } from './incoming.ts';
import './data.css';

export function AddTextDialog() {
  const open = useOverlay((overlay) => overlay.open === 'addText');
  const close = () => {
    useIncoming.setState({ files: [] });
    closeOverlay();
  };
  return (
    <Dialog open={open} onClose={close} maxWidth="sm" fullWidth aria-labelledby="add-text-title">
      {open && <AddTextBody close={close} />}
    </Dialog>
  );
}

function AddTextBody({ close }: { close: () => void }) {
  const [files, setFiles] = useState<readonly TextFile[]>(useIncoming.getState().files);
  const [pasted, setPasted] = useState('');
  const [name, setName] = useState(dataSetName(files));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const input = useId();
  const pasteId = useId();
  const nameId = useId();
  const taken = useWorkspace(
    (workspace) => workspace.data.value?.some((row) => row.name === name.trim()) === true,
  );
  const documents = pasted.trim() === '' ? files : [...files, { name: 'pasted text', text: pasted }];
  const bytes = documents.reduce((sum, file) => sum + file.text.length, 0);

  const take = (list: FileList | null) => {
    if (list === null) return;
    readTextFiles(list).then(
      (read) => {
        setFiles((now) => [...now, ...read]);
        setName((now) => (now === '' ? dataSetName(read) : now));
      },
      (reason: unknown) => setError(toErrorShape(reason)),
    );
  };
  const add = async () => {
    setBusy(true);
    setError(null);
    try {
      await addText(name.trim(), [...documents]);
      if (!useTraining.getState().configuration.data.some((entry) => entry.name === name.trim()))
        toggleData(name.trim());
      close();
    } catch (reason) {
      setError(toErrorShape(reason));
      setBusy(false);
    }
  };

  return (
    <>
      <DialogTitle id="add-text-title">Add text</DialogTitle>
      <DialogContent className="add-text">
        <label
          htmlFor={input}
          className="drop-zone"
          onDragOver={(event: DragEvent) => event.preventDefault()}
          onDrop={(event: DragEvent) => {
            event.preventDefault();
            take(event.dataTransfer.files);
          }}
        >
          <UploadFileOutlined />
          <span>Drop text files here, or choose them</span>
          <input
            id={input}
            type="file"
            multiple
            accept=".txt,.md,.text,text/*"
            onChange={(event) => take(event.target.files)}
          />
        </label>
        {files.length > 0 && (
          <p className="small muted">
            {files.length} {files.length === 1 ? 'file' : 'files'}:{' '}
            {files.map((file) => file.name).join(', ')}
          </p>
        )}
        <div className="add-field">
          <label htmlFor={pasteId}>Or paste text</label>
          <OutlinedInput
            id={pasteId}
            multiline
            minRows={4}
            maxRows={10}
            fullWidth
            value={pasted}
            onChange={(event) => setPasted(event.target.value)}
          />
        </div>
        <div className="add-field">
          <label htmlFor={nameId}>Name of the data set</label>
          <OutlinedInput
            id={nameId}
            fullWidth
            required
            value={name}
            error={taken}
            onChange={(event) => setName(event.target.value)}
            inputProps={{ maxLength: 120, 'aria-describedby': `${nameId}-help` }}
          />
          <span id={`${nameId}-help`} className={taken ? 'field-error' : 'muted small'}>
            {taken ? 'A data set of this name exists; choose another.' : 'Each file is one document.'}
          </span>
        </div>
        {error !== null && <Failure error={error} what="The text was not added." />}
      </DialogContent>
      <DialogActions>
        <span className="muted small grow">{formatBytes(bytes)}</span>
        <Button onClick={close}>Cancel</Button>
        <Button
          variant="contained"
          loading={busy}
          disabled={documents.length === 0 || name.trim() === '' || taken}
          onClick={() => void add()}
        >
          Add text
        </Button>
      </DialogActions>
    </>
  );
}
