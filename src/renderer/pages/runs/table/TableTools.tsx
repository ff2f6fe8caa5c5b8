/** Under the query: how many runs are shown, grouping, columns, sweeps, archive and trash; or what to do with a selection. */
import ArchiveOutlined from '@mui/icons-material/ArchiveOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import DeleteOutlineOutlined from '@mui/icons-material/DeleteOutlineOutlined';
import RestoreFromTrashOutlined from '@mui/icons-material/RestoreFromTrashOutlined';
import StopOutlined from '@mui/icons-material/StopOutlined';
import UnarchiveOutlined from '@mui/icons-material/UnarchiveOutlined';
import IconButton from '@mui/material/IconButton';
import ListSubheader from '@mui/material/ListSubheader';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Tooltip from '@mui/material/Tooltip';
import { useMemo, useState } from 'react';
import { formatCount, formatInteger } from '../../../../shared/format.ts';
import type { RunSummary } from '../../../../shared/rpc/contract.ts';
import { type FieldCatalogue, fieldLabel, summaryFields } from '../../../../shared/run/records.ts';
import { ActionButton, ActionIcon } from '../../../actions/ActionButton.tsx';
import { isLive } from '../../../state/runData.ts';
import { setRunTable, useRunTable } from '../../../state/runTable.ts';
import { setView, useView } from '../../../state/view.ts';
import { ColumnsMenu } from './ColumnsMenu.tsx';
import { TagButton } from './TagEditor.tsx';

interface Props {
  readonly catalogue: FieldCatalogue;
  readonly shown: number;
  readonly all: readonly RunSummary[];
}

export function TableTools({ catalogue, shown, all }: Props) {
  const archived = useView((view) => view.showArchived);
  const hidden = all.filter((run) => run.archived).length;
  const open = all.length - (archived ? 0 : hidden);
  return (
    <div className="table-tools">
      <span className="muted small" role="status">
        {shown === open ? formatCount(open, 'run') : `${formatInteger(shown)} of ${formatCount(open, 'run')}`}
      </span>
      {hidden > 0 && (
        <Tooltip title={archived ? 'Hide archived runs' : 'Show archived runs'}>
          <button
            type="button"
            className="text-button"
            aria-pressed={archived}
            onClick={() => setView({ showArchived: !archived })}
          >
            {hidden} archived
          </button>
        </Tooltip>
      )}
      <span className="grow" />
      <GroupChoice catalogue={catalogue} />
      <ActionButton name="train.sweep" label="Sweep" variant="text" />
      <ColumnsMenu catalogue={catalogue} />
      <ActionIcon name="runs.trash" icon={<RestoreFromTrashOutlined fontSize="small" />} />
    </div>
  );
}

const ownFields: readonly string[] = ['method', 'state', 'tag', 'data', 'sweep', 'device', 'parent'];

/** Fields of few values: a heading for every run would group nothing. */
function groupable(catalogue: FieldCatalogue): { summary: readonly string[]; others: readonly string[] } {
  const others = catalogue.names.filter((name) => {
    if (Object.hasOwn(summaryFields, name) || ownFields.includes(name)) return false;
    const { length } = catalogue.values(name);
    return length > 1 && length <= 40;
  });
  return { summary: ownFields, others };
}

function GroupChoice({ catalogue }: { catalogue: FieldCatalogue }) {
  const groupBy = useRunTable((table) => table.groupBy);
  const [open, setOpen] = useState(false);
  // The values of every field of every run are gone through: not before the list is opened.
  const { summary, others } = useMemo(
    () => (open ? groupable(catalogue) : { summary: ownFields, others: [] }),
    [open, catalogue],
  );
  const kept = groupBy === null || summary.includes(groupBy) || others.includes(groupBy);
  return (
    <Select
      size="small"
      className="group-choice"
      displayEmpty
      value={groupBy ?? ''}
      open={open}
      onOpen={() => setOpen(true)}
      onClose={() => setOpen(false)}
      onChange={(event) => setRunTable({ groupBy: event.target.value === '' ? null : event.target.value })}
      SelectDisplayProps={{ 'aria-label': 'Group by' }}
      renderValue={(field) =>
        field === ''
          ? 'No groups'
          : `By ${fieldLabel(field) === field ? field : fieldLabel(field).toLowerCase()}`
      }
    >
      <MenuItem value="">No groups</MenuItem>
      {summary.map((field) => (
        <MenuItem key={field} value={field}>
          {fieldLabel(field)}
        </MenuItem>
      ))}
      {(others.length > 0 || !kept) && <ListSubheader>What runs differ in</ListSubheader>}
      {!kept && (
        <MenuItem value={groupBy}>
          <span className="number">{groupBy}</span>
        </MenuItem>
      )}
      {others.map((field) => (
        <MenuItem key={field} value={field}>
          <span className="number">{field}</span>
        </MenuItem>
      ))}
    </Select>
  );
}

/** What can be done to several runs at once. */
export function SelectionTools({ runs }: { runs: readonly RunSummary[] }) {
  const label = formatCount(runs.length, 'run');
  return (
    <div className="table-tools selection-tools" role="toolbar" aria-label="Selected runs">
      <strong className="small">{label} selected</strong>
      <span className="grow" />
      <TagButton runs={runs} label={`Tag ${label}`} text="Tag" />
      {runs.some(isLive) && <ActionIcon name="runs.stop" icon={<StopOutlined />} label={`Stop ${label}`} />}
      {runs.every((run) => run.archived) ? (
        <ActionIcon name="runs.unarchive" icon={<UnarchiveOutlined />} label={`Bring back ${label}`} />
      ) : (
        <ActionIcon name="runs.archive" icon={<ArchiveOutlined />} label={`Archive ${label}`} />
      )}
      <ActionIcon name="runs.delete" icon={<DeleteOutlineOutlined />} label={`Delete ${label}`} />
      <Tooltip title="Select none">
        <IconButton size="small" aria-label="Select none" onClick={() => setView({ selectedRuns: [] })}>
          <CloseOutlined fontSize="small" />
        </IconButton>
      </Tooltip>
    </div>
  );
}
