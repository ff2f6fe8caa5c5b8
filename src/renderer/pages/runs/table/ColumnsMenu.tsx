/** Which columns the table has, in which order, and which stay at the left: any field of summary, document, configuration. */
import ArrowDownward from '@mui/icons-material/ArrowDownward';
import ArrowUpward from '@mui/icons-material/ArrowUpward';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import PushPin from '@mui/icons-material/PushPin';
import PushPinOutlined from '@mui/icons-material/PushPinOutlined';
import ViewColumnOutlined from '@mui/icons-material/ViewColumnOutlined';
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import Tooltip from '@mui/material/Tooltip';
import { useState } from 'react';
import { type FieldCatalogue, fieldLabel } from '../../../../shared/run/records.ts';
import {
  firstColumns,
  moveColumn,
  pinColumn,
  setRunTable,
  toggleColumn,
  useRunTable,
} from '../../../state/runTable.ts';
import { orderedColumns } from './cells.tsx';

export function ColumnsMenu({ catalogue }: { catalogue: FieldCatalogue }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title="Columns">
        <IconButton
          size="small"
          aria-label="Columns"
          aria-haspopup="dialog"
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <ViewColumnOutlined fontSize="small" />
        </IconButton>
      </Tooltip>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        transitionDuration={0}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { className: 'columns-popover', role: 'dialog', 'aria-label': 'Columns' } }}
      >
        {anchor !== null && <ColumnList catalogue={catalogue} />}
      </Popover>
    </>
  );
}

function ColumnList({ catalogue }: { catalogue: FieldCatalogue }) {
  const columns = orderedColumns(useRunTable((table) => table.columns));
  const shown = new Set(columns.map((column) => column.field));
  const [typed, setTyped] = useState('');
  return (
    <>
      <Autocomplete
        size="small"
        options={catalogue.names.filter((name) => !shown.has(name))}
        groupBy={(name) => (fieldLabel(name) === name ? 'Document and configuration' : 'Run')}
        getOptionLabel={(name) => (fieldLabel(name) === name ? name : `${fieldLabel(name)} (${name})`)}
        value={null}
        inputValue={typed}
        onInputChange={(_, text, reason) => setTyped(reason === 'reset' ? '' : text)}
        onChange={(_, name) => name !== null && toggleColumn(name)}
        renderInput={(params) => (
          <TextField {...params} label="Add a column" placeholder="ffn.kind" autoFocus />
        )}
      />
      <ul className="column-list" aria-label="Columns shown">
        {columns.map(({ field, pinned }, index) => {
          const label = fieldLabel(field);
          return (
            <li key={field}>
              <span className={label === field ? 'number' : undefined}>{label}</span>
              <span className="grow" />
              {field !== 'name' && (
                <>
                  <IconButton
                    size="small"
                    aria-label={`Move ${label} to the left`}
                    disabled={index <= 1}
                    onClick={() => moveColumn(field, -1)}
                  >
                    <ArrowUpward fontSize="inherit" />
                  </IconButton>
                  <IconButton
                    size="small"
                    aria-label={`Move ${label} to the right`}
                    disabled={index === columns.length - 1}
                    onClick={() => moveColumn(field, 1)}
                  >
                    <ArrowDownward fontSize="inherit" />
                  </IconButton>
                  <Tooltip title={pinned ? 'Let it scroll with the others' : 'Keep it at the left'}>
                    <IconButton
                      size="small"
                      aria-label={pinned ? `Unpin ${label}` : `Pin ${label}`}
                      aria-pressed={pinned}
                      onClick={() => pinColumn(field, !pinned)}
                    >
                      {pinned ? <PushPin fontSize="inherit" /> : <PushPinOutlined fontSize="inherit" />}
                    </IconButton>
                  </Tooltip>
                  <IconButton size="small" aria-label={`Remove ${label}`} onClick={() => toggleColumn(field)}>
                    <CloseOutlined fontSize="inherit" />
                  </IconButton>
                </>
              )}
            </li>
          );
        })}
      </ul>
      <Button size="small" onClick={() => setRunTable({ columns: firstColumns })}>
        As at first
      </Button>
    </>
  );
}
