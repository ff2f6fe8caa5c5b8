/** The name of a run as the heading of its page, and the field it becomes while it is changed (F2, or a double click). */
import EditOutlined from '@mui/icons-material/EditOutlined';
import OutlinedInput from '@mui/material/OutlinedInput';
import Typography from '@mui/material/Typography';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { ActionIcon } from '../../actions/ActionButton.tsx';
import { sayError } from '../../state/messages.ts';
import { endRenaming, startRenaming, useRenaming } from '../../state/renaming.ts';
import { renameRun } from '../../state/runCommands.ts';

export function RunName({ run }: { run: RunSummary }) {
  const renaming = useRenaming((state) => state.run === run.run);
  const place = useRef<HTMLSpanElement>(null);
  const wasRenaming = useRef(false);
  useEffect(() => {
    // The field is gone, and the focus with it unless it was put elsewhere.
    if (wasRenaming.current && !renaming && document.activeElement === document.body)
      place.current?.querySelector('button')?.focus();
    wasRenaming.current = renaming;
  }, [renaming]);
  return (
    <span className="run-name-place" ref={place}>
      {renaming ? (
        // It stays the heading of what is below it.
        <Typography variant="h1" component="h2">
          <NameField run={run} />
        </Typography>
      ) : (
        <>
          <Typography
            variant="h1"
            component="h2"
            className="run-heading"
            onDoubleClick={() => startRenaming(run.run)}
          >
            {run.name}
          </Typography>
          <ActionIcon name="runs.rename" label="Rename run" icon={<EditOutlined fontSize="small" />} />
        </>
      )}
    </span>
  );
}

function NameField({ run }: { run: RunSummary }) {
  const [draft, setDraft] = useState(run.name);
  const ended = useRef(false); // Enter and Escape take the field away, which blurs it once more
  const end = (keep: boolean) => {
    if (ended.current) return;
    ended.current = true;
    endRenaming();
    if (keep) void renameRun(run, draft).catch(sayError);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    end(event.key === 'Enter');
  };
  return (
    <OutlinedInput
      className="run-name-field"
      size="small"
      autoFocus
      value={draft}
      onChange={(event) => setDraft(event.target.value)}
      onFocus={(event) => event.target.select()}
      onBlur={() => end(true)}
      onKeyDown={onKeyDown}
      inputProps={{ 'aria-label': 'Name of the run', maxLength: 120, autoComplete: 'off' }}
    />
  );
}
