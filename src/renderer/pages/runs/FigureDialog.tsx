/** A figure of the selected runs, set for paper: kind, width in mm, font in points, format; seen before it is saved. */
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useEffect, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { figureFormats, figureKinds, type Input } from '../../../shared/rpc/contract.ts';
import { Failure } from '../../components/Failure.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { contentBlob, downloadContent } from '../../logic/files.ts';
import { thresholdsOf } from '../../logic/probeMaps.ts';
import { closeOverlay, useOverlay } from '../../state/dialogs.ts';
import { say } from '../../state/messages.ts';
import { useView } from '../../state/view.ts';
import { host, useWorkspace } from '../../state/workspace.ts';

type Kind = (typeof figureKinds)[number];
type Format = (typeof figureFormats)[number];

const kindLabels: Record<Kind, string> = {
  loss: 'loss curves',
  nsar: 'NSAR by layer',
  'nsar-steps': 'NSAR by layer and step',
  load: 'expert load',
  'co-activation': 'co-activation of experts',
  saturation: 'router saturation',
  similarity: 'similarity of attention maps',
  'active-experts': 'active experts by layer and text',
  buckets: 'loss by token frequency',
  robustness: 'robustness without the top-1 expert',
  positions: 'loss by position',
  'softmax-time': 'time in softmax',
};

const widths = [
  { label: 'ACL column', mm: 77 },
  { label: 'ACL page', mm: 160 },
  { label: 'NeurIPS', mm: 139 },
  { label: 'Nature column', mm: 89 },
  { label: 'Nature page', mm: 183 },
] as const;

export function FigureDialog() {
  const open = useOverlay((overlay) => overlay.open === 'figure');
  return (
    <Dialog open={open} onClose={closeOverlay} maxWidth="md" fullWidth aria-labelledby="figure-title">
      {open && <FigureBody />}
    </Dialog>
  );
}

function FigureBody() {
  const runs = useView((view) => view.selectedRuns);
  const preferred = useView((view) => view.threshold);
  const probes = useWorkspace((workspace) => workspace.probes[runs[0] ?? '']?.value);
  const [kind, setKind] = useState<Kind>('loss');
  const [widthMm, setWidth] = useState(139);
  const [fontSize, setFontSize] = useState(8);
  const [format, setFormat] = useState<Format>('svg');
  const [threshold, setThreshold] = useState(preferred);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const request: Input<'figures.make'> = {
    kind,
    runs: [...runs],
    format,
    widthMm,
    fontSize,
    ...(kind.startsWith('nsar') ? { threshold: Number(threshold) } : {}),
  };
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const figure = await host().call('figures.make', request);
      downloadContent(figure.fileName, figure.content, figure.encoding, figure.mediaType);
      say(`Figure ${figure.fileName} saved.`, { severity: 'success' });
      closeOverlay();
    } catch (reason) {
      setError(toErrorShape(reason));
    } finally {
      setBusy(false);
    }
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
            onChange={(value) => setKind(value as Kind)}
          />
          {kind.startsWith('nsar') && thresholds.length > 0 && (
            <ChoiceField
              help={{ label: 'Threshold', symbol: 'tau', help: 'Of NSAR, in our definition.' }}
              value={thresholds.includes(threshold) ? threshold : (thresholds[0] ?? '')}
              choices={thresholds.map((value) => ({ value }))}
              onChange={setThreshold}
            />
          )}
          <NumberField
            help={{ label: 'Width', help: 'As printed.' }}
            value={widthMm}
            unit="mm"
            bounds={{ integer: false, minimum: 20, maximum: 400 }}
            onChange={setWidth}
          />
          <div className="width-presets">
            {widths.map((preset) => (
              <button
                key={preset.label}
                type="button"
                className="text-button"
                aria-pressed={widthMm === preset.mm}
                onClick={() => setWidth(preset.mm)}
              >
                {preset.label} {preset.mm}
              </button>
            ))}
          </div>
          <NumberField
            help={{ label: 'Font size', help: 'As printed.' }}
            value={fontSize}
            unit="pt"
            bounds={{ integer: false, minimum: 4, maximum: 24 }}
            onChange={setFontSize}
          />
          <ToggleButtonGroup
            exclusive
            size="small"
            value={format}
            onChange={(_, value: Format | null) => value !== null && setFormat(value)}
            aria-label="Format"
          >
            {figureFormats.map((value) => (
              <ToggleButton key={value} value={value}>
                {value.toUpperCase()}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          {error !== null && <Failure error={error} what="The figure was not saved." />}
        </div>
        <Preview request={request} />
      </DialogContent>
      <DialogActions>
        <Button onClick={closeOverlay}>Cancel</Button>
        <Button
          variant="contained"
          loading={busy}
          loadingPosition="start"
          startIcon={<DownloadOutlined fontSize="small" />}
          onClick={() => void save()}
        >
          Save {format.toUpperCase()}
        </Button>
      </DialogActions>
    </>
  );
}

/** The same figure as SVG at its true size; drawn anew a moment after a setting changed. */
function Preview({ request }: { request: Input<'figures.make'> }) {
  const [address, setAddress] = useState<string | null>(null);
  const [error, setError] = useState<ErrorShape | null>(null);
  const key = JSON.stringify({ ...request, format: 'svg' });
  useEffect(() => {
    const control = new AbortController();
    let made: string | null = null;
    const timer = setTimeout(() => {
      host()
        .call('figures.make', JSON.parse(key) as Input<'figures.make'>, { signal: control.signal })
        .then((figure) => {
          if (control.signal.aborted) return;
          made = URL.createObjectURL(contentBlob(figure.content, figure.encoding, figure.mediaType));
          setAddress(made);
          setError(null);
        })
        .catch((reason: unknown) => {
          if (!control.signal.aborted) setError(toErrorShape(reason));
        });
    }, 200);
    return () => {
      control.abort();
      clearTimeout(timer);
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [key]);
  if (error !== null) return <Failure error={error} what="There is nothing to preview." />;
  return (
    <div className="figure-preview">
      {address === null ? (
        <Skeleton variant="rounded" height={220} width="100%" />
      ) : (
        <img
          src={address}
          alt={`Preview: ${kindLabels[request.kind]}`}
          style={{ width: `${request.widthMm}mm` }}
          data-testid="figure-preview"
        />
      )}
    </div>
  );
}
