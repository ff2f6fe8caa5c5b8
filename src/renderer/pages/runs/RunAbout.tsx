/** What people say about a run, and where it comes from: tags, notes, its sweep, the run it was forked from. */
import EditNoteOutlined from '@mui/icons-material/EditNoteOutlined';
import Link from '@mui/material/Link';
import OutlinedInput from '@mui/material/OutlinedInput';
import { useState } from 'react';
import { formatInteger } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { describeValues } from '../../../shared/run/sweep.ts';
import { sayError } from '../../state/messages.ts';
import { annotateRun } from '../../state/runCommands.ts';
import { openHeading } from '../../state/runTable.ts';
import { openRun, setView } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { Tags } from './table/TagEditor.tsx';

export function RunAbout({ run }: { run: RunSummary }) {
  const [draft, setDraft] = useState<string | null>(null);
  const save = () => {
    if (draft !== null && draft !== run.notes)
      void annotateRun(run.run, { notes: draft.trim() }).catch(sayError);
    setDraft(null);
  };
  return (
    <div className="run-about">
      <div className="run-about-line small">
        <Tags run={run} />
        {run.sweep !== null && <SweepLink run={run} />}
        {run.parent !== null && <ParentLink parent={run.parent} />}
        {draft === null && run.notes === '' && (
          <button type="button" className="text-button" onClick={() => setDraft('')}>
            Add a note
          </button>
        )}
      </div>
      {draft === null && run.notes !== '' && (
        <button
          type="button"
          className="run-notes"
          aria-label={`Edit the notes: ${run.notes}`}
          onClick={() => setDraft(run.notes)}
        >
          {run.notes}
          <EditNoteOutlined />
        </button>
      )}
      {draft !== null && (
        <OutlinedInput
          multiline
          fullWidth
          size="small"
          autoFocus
          minRows={2}
          maxRows={8}
          value={draft}
          placeholder="What this run is for, what it showed"
          onChange={(event) => setDraft(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setDraft(null);
            else if (event.key === 'Enter' && event.ctrlKey) {
              event.stopPropagation();
              save();
            }
          }}
          inputProps={{ 'aria-label': 'Notes', maxLength: 20_000 }}
        />
      )}
    </div>
  );
}

function SweepLink({ run }: { run: RunSummary }) {
  const { sweep } = run;
  const runs = useWorkspace((workspace) => workspace.runs.value);
  if (sweep === null) return null;
  const all = runs?.filter((other) => other.sweep?.sweep === sweep.sweep) ?? [];
  return (
    <span>
      Sweep{' '}
      <Link
        component="button"
        type="button"
        onClick={() => {
          openHeading(`sweep ${sweep.sweep}`);
          setView({ selectedRuns: all.map((other) => other.run) });
        }}
      >
        {sweep.name}
      </Link>
      : <span className="number">{describeValues(sweep.values)}</span>
    </span>
  );
}

function ParentLink({ parent }: { parent: NonNullable<RunSummary['parent']> }) {
  const found = useWorkspace((workspace) => workspace.runs.value?.find((other) => other.run === parent.run));
  return (
    <span>
      Forked from{' '}
      {found === undefined ? (
        <span className="number" title="It is not in the list any more.">
          {parent.run}
        </span>
      ) : (
        <Link component="button" type="button" onClick={() => openRun(parent.run)}>
          {found.name}
        </Link>
      )}{' '}
      at step <span className="number">{formatInteger(parent.step)}</span>
    </span>
  );
}
