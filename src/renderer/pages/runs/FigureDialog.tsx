/** A figure of the selected runs, set for paper: seen before it is saved to a file or sent to the figures page. */
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import {
  type FigureDocument,
  type FigureDocumentStyle,
  type FigureFormat,
  type FigureKind,
  figureFormats,
  figureKinds,
  figureStyleSchema,
} from '../../../shared/figures/document.ts';
import { Failure } from '../../components/Failure.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { formatLabels, kindLabels } from '../../logic/figures.ts';
import { downloadContent } from '../../logic/files.ts';
import { thresholdsOf } from '../../logic/probeMaps.ts';
import { closeOverlay, useOverlay } from '../../state/dialogs.ts';
import { sendToFigures } from '../../state/figures.ts';
import { say, sayError } from '../../state/messages.ts';
import { useView } from '../../state/view.ts';
import { host, useWorkspace } from '../../state/workspace.ts';
import { Preview } from '../figures/Preview.tsx';
import { StyleFields } from '../figures/StyleFields.tsx';
import '../figures/figures.css';

export function FigureDialog() {
  const open = useOverlay((overlay) => overlay.open === 'figure');
  return (
    <Dialog open={open} onClose={closeOverlay} maxWidth="lg" fullWidth aria-labelledby="figure-title">
      {open && <FigureBody />}
    </Dialog>
  );
}

function FigureBody() {
  const runs = useView((view) => view.selectedRuns);
  const preferred = useView((view) => view.threshold);
  const probes = useWorkspace((workspace) => workspace.probes[runs[0] ?? '']?.value);
  const [kind, setKind] = useState<FigureKind>('loss');
  const [style, setStyle] = useState<FigureDocumentStyle>(() => figureStyleSchema.parse({ letters: false }));
  const [format, setFormat] = useState<FigureFormat>('svg');
  const [dpi, setDpi] = useState(300);
  const [threshold, setThreshold] = useState(preferred);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const options = kind.startsWith('nsar') ? { threshold: Number(threshold) } : {};
  const document: FigureDocument = {
    version: 1,
    name: kindLabels[kind],
    columns: 1,
    style,
    panels: [{ kind, runs: [...runs], span: 1, options }],
  };
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const figure = await host().call('figures.draw', { document, format, dpi });
      downloadContent(figure.fileName, figure.content, figure.encoding, figure.mediaType);
      say(`Figure ${figure.fileName} saved.`, { severity: 'success' });
      closeOverlay();
    } catch (reason) {
      setError(toErrorShape(reason));
    } finally {
      setBusy(false);
    }
  };
  const send = () => {
    closeOverlay();
    sendToFigures({ kind, runs, options }).catch(sayError);
  };
  const thresholds = thresholdsOf(probes ?? []);
  return (
    <>
      <DialogTitle id="figure-title">Export figure</DialogTitle>
      <DialogContent className="figure-dialog">
        <div className="figure-fields">
          <ChoiceField
            help={{ label: 'Figure', help: 'What is drawn from the selected runs.' }}
            value={kind}
            choices={figureKinds.map((value) => ({ value, label: kindLabels[value] }))}
            onChange={(value) => setKind(value as FigureKind)}
          />
          {kind.startsWith('nsar') && thresholds.length > 0 && (
            <ChoiceField
              help={{ label: 'Threshold', symbol: 'tau', help: 'Of NSAR, in our definition.' }}
              value={thresholds.includes(threshold) ? threshold : (thresholds[0] ?? '')}
              choices={thresholds.map((value) => ({ value }))}
              onChange={setThreshold}
            />
          )}
          <StyleFields style={style} onChange={(change) => setStyle((now) => ({ ...now, ...change }))} />
          <ToggleButtonGroup
            exclusive
            size="small"
            value={format}
            onChange={(_, value: FigureFormat | null) => value !== null && setFormat(value)}
            aria-label="Format"
          >
            {figureFormats.map((value) => (
              <ToggleButton key={value} value={value}>
                {formatLabels[value].label}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          {format === 'png' && (
            <NumberField
              help={{ label: 'Resolution', help: 'Of the PNG.' }}
              value={dpi}
              unit="dpi"
              bounds={{ integer: true, minimum: 72, maximum: 1200 }}
              onChange={setDpi}
            />
          )}
          {error !== null && <Failure error={error} what="The figure was not saved." />}
        </div>
        <Preview document={document} zoom={1} refreshes={0} />
      </DialogContent>
      <DialogActions>
        <Button onClick={closeOverlay}>Cancel</Button>
        <Button variant="outlined" onClick={send}>
          Send to figures
        </Button>
        <Button
          variant="contained"
          loading={busy}
          loadingPosition="start"
          startIcon={<DownloadOutlined fontSize="small" />}
          onClick={() => void save()}
        >
          Save {formatLabels[format].label}
        </Button>
      </DialogActions>
    </>
  );
}
