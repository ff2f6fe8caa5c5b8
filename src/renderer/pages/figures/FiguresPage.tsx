/** Figures for papers: saved ones left, the open one at its true size in the middle, its style right. */
import AddOutlined from '@mui/icons-material/AddOutlined';
import RefreshOutlined from '@mui/icons-material/RefreshOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import type { FigureDocument } from '../../../shared/figures/document.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { changeFigure, enterFigures, openFigure, useFigures } from '../../state/figures.ts';
import { ExportPanel } from './ExportPanel.tsx';
import { FigureList } from './FigureList.tsx';
import { PanelDialog } from './PanelDialog.tsx';
import { PanelList } from './PanelList.tsx';
import { Preview } from './Preview.tsx';
import { SourceList } from './SourceList.tsx';
import { StyleFields } from './StyleFields.tsx';
import './figures.css';

export default function FiguresPage() {
  const list = useFigures((figures) => figures.list);
  const open = useFigures((figures) => figures.open);
  const document = useFigures((figures) => figures.history?.present);
  useEffect(() => {
    void enterFigures();
  }, []);
  return (
    <div className="figures">
      <aside className="figures-left" aria-label="Figures">
        <div className="panel-head">
          <Typography variant="h1">Figures</Typography>
          <span className="grow" />
          <ActionButton name="figures.new" label="New" icon={<AddOutlined fontSize="small" />} />
        </div>
        <FigureList />
        {document !== undefined && <PanelList document={document} />}
        {document !== undefined && document.panels.length > 0 && <SourceList document={document} />}
      </aside>
      <section className="figures-main" aria-label="Figure">
        {open?.status === 'error' && (
          <div className="figure-problem">
            <Failure
              error={open.error}
              what="The figure could not be opened."
              retry={() => {
                const wanted = list.value?.[0]?.figure;
                if (wanted !== undefined) void openFigure(wanted);
              }}
            />
          </div>
        )}
        {(open?.status === 'loading' ||
          (open === null && list.value === undefined && list.status === 'loading')) && (
          <Skeleton variant="rounded" className="figure-waiting" height={260} />
        )}
        {open === null && list.value?.length === 0 && (
          <Empty text="No figure yet. A figure is a grid of panels drawn from runs, set for a paper’s column; it is drawn anew as its runs change.">
            <ActionButton
              name="figures.new"
              label="Make a figure"
              icon={<AddOutlined fontSize="small" />}
              variant="contained"
            />
          </Empty>
        )}
        {document !== undefined && <Sheet document={document} />}
      </section>
      {document !== undefined && (
        <aside className="figures-right" aria-label="Style and export">
          <Typography variant="h2">Style</Typography>
          <StyleFields
            style={document.style}
            onChange={(change, label) =>
              changeFigure(label, (now) => ({ ...now, style: { ...now.style, ...change } }))
            }
          />
          <ExportPanel document={document} />
        </aside>
      )}
      <PanelDialog />
    </div>
  );
}

const zooms = [0.5, 1, 1.5, 2] as const;

function Sheet({ document }: { document: FigureDocument }) {
  const [zoom, setZoom] = useState(1);
  const [refreshes, setRefreshes] = useState(0);
  return (
    <>
      <div className="sheet-bar">
        <ActionButton name="figures.add" icon={<AddOutlined fontSize="small" />} variant="contained" />
        <span className="control">
          <span id="grid-columns">columns</span>
          <ToggleButtonGroup
            exclusive
            size="small"
            value={document.columns}
            onChange={(_, columns: number | null) =>
              columns !== null && changeFigure('columns', (now) => ({ ...now, columns }))
            }
            aria-labelledby="grid-columns"
          >
            {[1, 2, 3, 4].map((columns) => (
              <ToggleButton key={columns} value={columns}>
                {columns}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
        </span>
        <span className="grow" />
        <ToggleButtonGroup
          exclusive
          size="small"
          value={zoom}
          onChange={(_, value: number | null) => value !== null && setZoom(value)}
          aria-label="Zoom; 100 % is the true size"
        >
          {zooms.map((value) => (
            <ToggleButton key={value} value={value}>
              {value * 100} %
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <Tooltip title="Draw anew from the runs">
          <span>
            <IconButton
              aria-label="Draw anew from the runs"
              disabled={document.panels.length === 0}
              onClick={() => setRefreshes((count) => count + 1)}
            >
              <RefreshOutlined fontSize="small" />
            </IconButton>
          </span>
        </Tooltip>
      </div>
      {document.panels.length === 0 ? (
        <Empty text="This figure has no panel yet. Add one, or press E over a chart on another page to send it here.">
          <Button variant="outlined" onClick={() => useFigures.setState({ editing: 'new' })}>
            Choose the first panel
          </Button>
        </Empty>
      ) : (
        <Preview document={document} zoom={zoom} refreshes={refreshes} />
      )}
    </>
  );
}
