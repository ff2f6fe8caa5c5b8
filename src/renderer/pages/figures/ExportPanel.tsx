/** One button for each format; the resolution is asked for pixels only. */
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { type FigureDocument, type FigureFormat, figureFormats } from '../../../shared/figures/document.ts';
import { toPixels } from '../../../shared/figures/units.ts';
import { formatInteger } from '../../../shared/format.ts';
import { Failure } from '../../components/Failure.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { formatLabels } from '../../logic/figures.ts';
import { downloadContent } from '../../logic/files.ts';
import { say } from '../../state/messages.ts';
import { host } from '../../state/workspace.ts';

export function ExportPanel({ document }: { document: FigureDocument }) {
  const [dpi, setDpi] = useState(300);
  const [busy, setBusy] = useState<FigureFormat | null>(null);
  const [error, setError] = useState<ErrorShape | null>(null);
  const save = async (format: FigureFormat) => {
    setBusy(format);
    setError(null);
    try {
      const file = await host().call('figures.draw', { document, format, dpi });
      downloadContent(file.fileName, file.content, file.encoding, file.mediaType);
      say(`Figure ${file.fileName} saved.`, { severity: 'success' });
    } catch (reason) {
      setError(toErrorShape(reason));
    } finally {
      setBusy(null);
    }
  };
  return (
    <section aria-label="Export">
      <Typography variant="h2">Export</Typography>
      <div className="export-formats">
        {figureFormats.map((format) => (
          <Tooltip key={format} title={formatLabels[format].what} disableInteractive>
            <span>
              <Button
                variant="outlined"
                size="small"
                startIcon={<DownloadOutlined fontSize="small" />}
                loading={busy === format}
                loadingPosition="start"
                disabled={document.panels.length === 0 || busy !== null}
                onClick={() => void save(format)}
                aria-label={`Export ${formatLabels[format].label}`}
              >
                {formatLabels[format].label}
              </Button>
            </span>
          </Tooltip>
        ))}
      </div>
      <NumberField
        help={{
          label: 'Resolution',
          help: `Of the PNG: ${formatInteger(toPixels(document.style.widthMm, dpi))} pixels wide.`,
        }}
        value={dpi}
        unit="dpi"
        bounds={{ integer: true, minimum: 72, maximum: 1200 }}
        onChange={setDpi}
      />
      {error !== null && <Failure error={error} what="The figure was not saved." />}
    </section>
  );
}
