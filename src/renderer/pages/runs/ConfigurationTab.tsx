/** The document and the configuration a run was started with, as they are kept in every checkpoint. */
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { Failure } from '../../components/Failure.tsx';
import { flatten } from '../../logic/flatten.ts';
import { openDocument } from '../../state/design.ts';
import { say, sayError } from '../../state/messages.ts';
import { setView } from '../../state/view.ts';
import { loadDetail } from '../../state/workspace.ts';
import { useDetail } from './useRun.ts';

export function ConfigurationTab({ run }: { run: string }) {
  const detail = useDetail(run);
  if (detail.status === 'error' && detail.value === undefined)
    return <Failure error={detail.error} retry={() => void loadDetail(run)} />;
  if (detail.value === undefined) return <Skeleton variant="rounded" height={300} />;
  const { architecture, configuration, name } = detail.value;
  const copy = () =>
    navigator.clipboard
      .writeText(JSON.stringify({ architecture, configuration }, null, 2))
      .then(() => say('Copied as JSON.'), sayError);
  const open = () => {
    openDocument(JSON.stringify(architecture), name);
    setView({ page: 'design', designTab: 'model' });
  };
  return (
    <div className="configuration">
      <div className="configuration-actions">
        <Button variant="outlined" onClick={open}>
          Open in Design
        </Button>
        <Button startIcon={<ContentCopyOutlined fontSize="small" />} onClick={() => void copy()}>
          Copy as JSON
        </Button>
      </div>
      <Fields title="Architecture" value={architecture} />
      <Fields title="Training" value={configuration} />
    </div>
  );
}

function Fields({ title, value }: { title: string; value: unknown }) {
  return (
    <section className="card configuration-card" aria-label={title}>
      <Typography variant="h3">{title}</Typography>
      <dl className="field-list">
        {flatten(value).map(([path, text]) => (
          <div key={path}>
            <dt>{path}</dt>
            <dd className="number">{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
