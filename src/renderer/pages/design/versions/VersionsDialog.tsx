/** Saved versions of documents beside what two documents differ in. */
import SwapHorizOutlined from '@mui/icons-material/SwapHorizOutlined';
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Tooltip from '@mui/material/Tooltip';
import { useEffect, useState } from 'react';
import { ActionButton } from '../../../actions/ActionButton.tsx';
import { Failure } from '../../../components/Failure.tsx';
import { closeOverlay, useOverlay } from '../../../state/dialogs.ts';
import { loadVersion, loadVersions } from '../../../state/versions.ts';
import { DiffTable } from './DiffTable.tsx';
import { canvasSide, type Side, useSideDocument, useSides } from './sides.ts';
import { VersionList } from './VersionList.tsx';
import './versions.css';

export function VersionsDialog() {
  const open = useOverlay((overlay) => overlay.open === 'versions');
  return (
    <Dialog
      open={open}
      onClose={closeOverlay}
      maxWidth="lg"
      fullWidth
      aria-labelledby="versions-title"
      slotProps={{ paper: { className: 'versions-paper' } }}
    >
      {open && <Body />}
    </Dialog>
  );
}

function Body() {
  const [sides, setSides] = useState<readonly [string, string]>(['base', 'canvas']);
  const known = useSides();
  useEffect(() => void loadVersions(), []);
  const [before, after] = sides;
  const label = (key: string) => known.find((side) => side.key === key)?.label ?? 'A deleted version';
  return (
    <>
      <DialogTitle id="versions-title">Versions</DialogTitle>
      <DialogContent className="versions">
        <VersionList chosen={before} onChoose={(key) => setSides([key, after])} />
        <section className="versions-diff" aria-label="Comparison">
          <div className="versions-sides">
            <SideChoice
              label="Before"
              sides={known}
              value={before}
              onChange={(key) => setSides([key, after])}
            />
            <Tooltip title="Swap the sides">
              <IconButton aria-label="Swap the sides" onClick={() => setSides([after, before])}>
                <SwapHorizOutlined />
              </IconButton>
            </Tooltip>
            <SideChoice
              label="After"
              sides={known}
              value={after}
              onChange={(key) => setSides([before, key])}
            />
          </div>
          <Comparison before={before} after={after} names={[label(before), label(after)]} />
        </section>
      </DialogContent>
      <DialogActions>
        <ActionButton name="design.open" variant="text" />
        <ActionButton name="design.export" variant="text" />
        <span className="grow" />
        <Button onClick={closeOverlay}>Close</Button>
      </DialogActions>
    </>
  );
}

function SideChoice({
  label,
  sides,
  value,
  onChange,
}: {
  label: string;
  sides: Side[];
  value: string;
  onChange: (key: string) => void;
}) {
  return (
    <Autocomplete
      size="small"
      disableClearable
      options={sides}
      groupBy={(side) => side.group}
      getOptionKey={(side) => side.key}
      isOptionEqualToValue={(a, b) => a.key === b.key}
      value={sides.find((side) => side.key === value) ?? canvasSide}
      onChange={(_, side) => onChange(side.key)}
      renderInput={(parameters) => <TextField {...parameters} label={label} />}
    />
  );
}

function Comparison({
  before,
  after,
  names,
}: {
  before: string;
  after: string;
  names: readonly [string, string];
}) {
  const left = useSideDocument(before);
  const right = useSideDocument(after);
  for (const [key, side] of [
    [before, left],
    [after, right],
  ] as const) {
    if (side.status === 'error')
      return (
        <Failure
          error={side.error}
          what="A version could not be read."
          retry={() => void loadVersion(key.slice('version:'.length))}
        />
      );
  }
  if (left.value === undefined || right.value === undefined)
    return <Skeleton variant="rounded" height={260} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <div className="versions-scroll" tabIndex={0}>
      <DiffTable before={left.value} after={right.value} names={names} />
    </div>
  );
}
