/** Saved figures; the open one can be renamed and deleted. */
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import IconButton from '@mui/material/IconButton';
import OutlinedInput from '@mui/material/OutlinedInput';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import { useId, useState } from 'react';
import { Failure } from '../../components/Failure.tsx';
import { changeFigure, deleteFigure, loadFigures, openFigure, useFigures } from '../../state/figures.ts';
import { sayError } from '../../state/messages.ts';

export function FigureList() {
  const list = useFigures((figures) => figures.list);
  const open = useFigures((figures) => figures.open?.value);
  const name = useFigures((figures) => figures.history?.present.name);
  const saved = useFigures((figures) => figures.saved);
  return (
    <>
      {list.status === 'error' && (
        <Failure
          error={list.error}
          what="The figures could not be listed."
          retry={() => void loadFigures()}
        />
      )}
      {list.value === undefined && list.status === 'loading' && <Skeleton variant="rounded" height={64} />}
      <ul className="figure-list" aria-label="Saved figures">
        {list.value?.map((row) => (
          <li key={row.figure}>
            <button
              type="button"
              aria-current={row.figure === open ? 'true' : undefined}
              onClick={() => void openFigure(row.figure).catch(sayError)}
            >
              <span>{row.figure === open ? (name ?? row.name) : row.name}</span>
              <span className="muted small">
                {row.kinds.length === 0
                  ? 'empty'
                  : row.kinds.length === 1
                    ? '1 panel'
                    : `${row.kinds.length} panels`}
              </span>
            </button>
            <Tooltip title={`Delete ${row.name}`}>
              <IconButton
                size="small"
                aria-label={`Delete ${row.name}`}
                onClick={() => void deleteFigure(row.figure).catch(sayError)}
              >
                <DeleteOutlined fontSize="small" />
              </IconButton>
            </Tooltip>
          </li>
        ))}
      </ul>
      {name !== undefined && <NameField key={open} name={name} />}
      {name !== undefined && (
        <p className="muted small save-state" role="status">
          {
            {
              saved: 'All changes saved',
              saving: 'Saving…',
              failed: 'Not saved; the next change tries again',
            }[saved]
          }
        </p>
      )}
    </>
  );
}

/** Takes effect on Enter or when left, as one undo entry; Escape gives it up. */
function NameField({ name }: { name: string }) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const commit = () => {
    const next = draft?.trim() ?? '';
    if (next !== '' && next !== name) changeFigure('name', (now) => ({ ...now, name: next }));
    setDraft(null);
  };
  return (
    <div className="figure-name">
      <label htmlFor={id}>Name</label>
      <OutlinedInput
        id={id}
        size="small"
        fullWidth
        value={draft ?? name}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') setDraft(null);
        }}
        inputProps={{ maxLength: 120, autoComplete: 'off' }}
      />
    </div>
  );
}
