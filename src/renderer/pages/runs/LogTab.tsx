import Skeleton from '@mui/material/Skeleton';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { loadDetail } from '../../state/workspace.ts';
import { useDetail } from './useRun.ts';

export function LogTab({ run }: { run: string }) {
  const detail = useDetail(run);
  if (detail.status === 'error' && detail.value === undefined)
    return <Failure error={detail.error} retry={() => void loadDetail(run)} />;
  if (detail.value === undefined) return <Skeleton variant="rounded" height={240} />;
  if (detail.value.log.length === 0) return <Empty text="Nothing was logged yet." />;
  return (
    <ol className="log number" aria-label="Log, newest last">
      {detail.value.log.map((line, index) => (
        // Lines have no identity but their place; the list only grows.
        <li key={`${line.time} ${index}`} className={`log-${line.level}`}>
          <time dateTime={line.time}>{new Date(line.time).toLocaleTimeString()}</time>
          <span className="log-level">{line.level}</span>
          <span>{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
