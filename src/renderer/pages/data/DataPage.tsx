/** Texts of the workspace, samples that need no network, and tokenizers trained here. */
import AddOutlined from '@mui/icons-material/AddOutlined';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { type DragEvent, useState } from 'react';
import { formatBytes, formatInteger } from '../../../shared/format.ts';
import type { DataSetRow, SampleDataSet } from '../../../shared/rpc/contract.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { readTextFiles } from '../../logic/files.ts';
import { openOverlay } from '../../state/dialogs.ts';
import { sayError } from '../../state/messages.ts';
import { addSample } from '../../state/runCommands.ts';
import { loadData, useWorkspace } from '../../state/workspace.ts';
import { useIncoming } from './incoming.ts';
import './data.css';

export default function DataPage() {
  const data = useWorkspace((workspace) => workspace.data);
  const samples = useWorkspace((workspace) => workspace.samples);
  const [over, setOver] = useState(false);
  const offered =
    samples.value?.filter((sample) => data.value?.some((row) => row.name === sample.name) !== true) ?? [];
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    readTextFiles(event.dataTransfer.files)
      .then((files) => {
        if (files.length === 0) return;
        useIncoming.setState({ files });
        openOverlay('addText');
      })
      .catch(sayError);
  };
  return (
    <section
      className={over ? 'data-page data-over' : 'data-page'}
      aria-label="Data sets"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="panel-head">
        <Typography variant="h1">Data</Typography>
        <span className="grow" />
        <ActionButton name="data.add" icon={<AddOutlined fontSize="small" />} variant="contained" />
      </div>
      {data.status === 'error' && (
        <Failure error={data.error} what="The data sets could not be listed." retry={() => void loadData()} />
      )}
      {data.value === undefined && data.status === 'loading' && (
        <div className="cards" aria-busy="true">
          {[1, 2, 3].map((card) => (
            <Skeleton key={card} variant="rounded" height={126} />
          ))}
        </div>
      )}
      {data.value?.length === 0 && (
        <Empty text="No text here yet. Add a sample below, drop text files on this page, or paste text." />
      )}
      {data.value !== undefined && data.value.length > 0 && (
        <ul className="cards">
          {data.value.map((row) => (
            <DataCard
              key={row.name}
              row={row}
              title={samples.value?.find((sample) => sample.name === row.name)?.title}
            />
          ))}
        </ul>
      )}
      {offered.length > 0 && (
        <>
          <Typography variant="h2" className="data-heading">
            Samples, no network needed
          </Typography>
          <ul className="cards">
            {offered.map((sample) => (
              <SampleCard key={sample.name} sample={sample} />
            ))}
          </ul>
        </>
      )}
      <Tokenizers />
    </section>
  );
}

function DataCard({ row, title }: { row: DataSetRow; title: string | undefined }) {
  return (
    <li className="card data-card">
      <Typography variant="h3" component="h2">
        {title ?? row.name}
      </Typography>
      <p className="muted small">
        {row.domain ?? 'no domain given'} · added {new Date(row.createdAt).toLocaleDateString()}
      </p>
      <dl className="data-facts">
        <div>
          <dd className="number">{formatInteger(row.documents)}</dd>
          <dt>documents</dt>
        </div>
        <div>
          <dd className="number">{formatBytes(row.bytes)}</dd>
          <dt>of text</dt>
        </div>
        {row.invalidBytes > 0 && (
          <div>
            <dd className="number">{formatInteger(row.invalidBytes)}</dd>
            <dt>bytes not UTF-8, replaced</dt>
          </div>
        )}
      </dl>
      <code className="hash" title={row.hash}>
        {row.name} · {row.hash.slice(0, 12)}
      </code>
    </li>
  );
}

function SampleCard({ sample }: { sample: SampleDataSet }) {
  const [busy, setBusy] = useState(false);
  const add = () => {
    setBusy(true);
    addSample(sample.name)
      .catch(sayError)
      .finally(() => setBusy(false));
  };
  return (
    <li className="card data-card">
      <Typography variant="h3">{sample.title}</Typography>
      <p className="muted small">{sample.description}</p>
      <p className="muted small">
        {sample.domain} · {sample.licence}
      </p>
      <Button
        variant="outlined"
        loading={busy}
        loadingPosition="start"
        startIcon={<AddOutlined fontSize="small" />}
        onClick={add}
      >
        Add {sample.title}
      </Button>
    </li>
  );
}

function Tokenizers() {
  const tokenizers = useWorkspace((workspace) => workspace.tokenizers);
  if (tokenizers.value === undefined || tokenizers.value.length === 0) return null;
  return (
    <>
      <Typography variant="h2" className="data-heading">
        Tokenizers
      </Typography>
      <div className="card token-card">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className="right">
                Vocabulary
              </th>
              <th scope="col">Trained on</th>
              <th scope="col">Hash</th>
              <th scope="col">Made</th>
            </tr>
          </thead>
          <tbody>
            {tokenizers.value.map((row) => (
              <tr key={row.name}>
                <td>{row.name}</td>
                <td className="right number">{formatInteger(row.vocabulary)}</td>
                <td>{row.data ?? '–'}</td>
                <td>
                  <code title={row.hash}>{row.hash.slice(0, 12)}</code>
                </td>
                <td>{new Date(row.createdAt).toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
