/** Deleted runs: they stay 30 days, and come back with everything they had. */
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import { useCallback, useEffect, useState } from 'react';
import { formatCount, formatNumber } from '../../../shared/format.ts';
import type { Output } from '../../../shared/rpc/contract.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { closeOverlay } from '../../state/dialogs.ts';
import { failed, type Loadable, loading, ready } from '../../state/loadable.ts';
import { sayError } from '../../state/messages.ts';
import { restoreRuns } from '../../state/runCommands.ts';
import { host } from '../../state/workspace.ts';

type Trashed = Output<'runs.trashed'>;
const keptDays = 30;

export function TrashBody() {
  const [runs, setRuns] = useState<Loadable<Trashed>>(loading);
  const load = useCallback(async () => {
    try {
      setRuns(ready(await host().call('runs.trashed', {})));
    } catch (error) {
      setRuns(failed(error, undefined));
    }
  }, []);
  useEffect(() => void load(), [load]);
  const restore = async (some: Trashed) => {
    try {
      await restoreRuns(some);
      await load();
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <>
      <DialogTitle id="trash-title">Deleted runs</DialogTitle>
      <DialogContent className="trash-dialog">
        {runs.status === 'error' && runs.value === undefined ? (
          <Failure error={runs.error} what="The trash could not be listed." retry={() => void load()} />
        ) : runs.value === undefined ? (
          <Skeleton variant="rounded" height={120} />
        ) : runs.value.length === 0 ? (
          <Empty text="The trash is empty. A deleted run stays here for 30 days." />
        ) : (
          <>
            <p className="muted small">Runs stay here for {keptDays} days, with their checkpoints.</p>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Run</th>
                  <th scope="col" className="right">
                    Validation
                  </th>
                  <th scope="col">Kept for</th>
                  <th scope="col">
                    <span className="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {runs.value.map((run) => (
                  <tr key={run.run}>
                    <td>
                      {run.name} <span className="run-id number">{run.run}</span>
                    </td>
                    <td className="right number">{formatNumber(run.validationLoss)}</td>
                    <td title={`Deleted ${new Date(run.deletedAt).toLocaleString()}`}>
                      {formatCount(daysLeft(run.deletedAt), 'day')}
                    </td>
                    <td className="right">
                      <Button size="small" onClick={() => void restore([run])}>
                        Bring back
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={closeOverlay}>Close</Button>
      </DialogActions>
    </>
  );
}

function daysLeft(deletedAt: string): number {
  return Math.max(0, Math.ceil(keptDays - (Date.now() - Date.parse(deletedAt)) / 86_400_000));
}
