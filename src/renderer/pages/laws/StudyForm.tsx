/** A new study over the model on the canvas and the settings of the Train panel: fields, mixtures, prefix, policy. */
import PlaylistAddOutlined from '@mui/icons-material/PlaylistAddOutlined';
import Button from '@mui/material/Button';
import OutlinedInput from '@mui/material/OutlinedInput';
import { useDeferredValue, useId, useMemo, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { formatCount, formatInteger, formatShare, formatSI } from '../../../shared/format.ts';
import { Failure } from '../../components/Failure.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { FieldRow } from '../../components/fields/FieldRow.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { type StudyForm as Form, firstStudy, studyOutlook, studyPlanOf } from '../../logic/studyForm.ts';
import { startStudy } from '../../state/studies.ts';
import { useTraining } from '../../state/training.ts';
import { setView } from '../../state/view.ts';
import { useDocument } from '../design/useDocument.ts';
import { Axes } from '../runs/SweepBody.tsx';
import { MixtureFields } from './MixtureFields.tsx';
import '../runs/dialogs.css';

/** Kept while the window is open: a study is often put together in several goes. */
let lastForm = firstStudy;
const noFaults: ReadonlyMap<string, string> = new Map();

const policies = [
  { value: 'best', label: 'continue the best' },
  { value: 'halving', label: 'successive halving' },
  { value: 'report', label: 'only rank' },
  { value: 'all', label: 'continue all' },
] as const;

export function StudyForm({ onClose }: { onClose: () => void }) {
  const document = useDocument();
  const configuration = useTraining((training) => training.configuration);
  const [form, setForm] = useState(lastForm);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const nameId = useId();
  const base = useMemo(() => ({ architecture: document, configuration }), [document, configuration]);
  const deferred = useDeferredValue(form);
  const outlook = useMemo(() => studyOutlook(deferred, base), [deferred, base]);
  const noData = configuration.data.length === 0;
  const wrong = useMemo(
    () => new Map(outlook.error?.problems?.map(({ path, message }) => [path, message]) ?? noFaults),
    [outlook],
  );
  const change = (part: Partial<Form>) => {
    lastForm = { ...form, ...part };
    setForm(lastForm);
    setError(null);
  };
  const start = async () => {
    setBusy(true);
    setError(null);
    try {
      await startStudy(studyPlanOf(form, configuration.steps), form.name);
      onClose();
    } catch (reason) {
      setError(toErrorShape(reason));
      setBusy(false);
    }
  };
  return (
    <section className="card law-card" aria-label="New study">
      <div className="view-head">
        <h2>New study</h2>
        <span className="small muted">
          {document.name}, {formatCount(configuration.steps, 'step')}
          {noData ? '' : ` on ${configuration.data.map(({ name }) => name).join(', ')}`}, as on the canvas and
          in the Train panel
        </span>
      </div>
      <div className="study-form">
        <div>
          <h3>Fields that differ</h3>
          <Axes
            form={{ ...sweepShape, axes: form.fields.axes }}
            base={base}
            wrong={wrong}
            onChange={(axes) => change({ fields: { ...form.fields, axes } })}
          />
          <NumberField
            help={{
              label: 'Prefix',
              help: 'Share of the steps that every candidate is trained before the first ranking. The selection procedure is ours.',
              standing: 'ours',
            }}
            value={Math.round(100 * form.prefixShare)}
            unit="%"
            bounds={{ integer: true, minimum: 1, maximum: 95 }}
            onChange={(percent) => change({ prefixShare: percent / 100 })}
          />
          <ChoiceField
            help={{
              label: 'Policy',
              help: 'What follows from the ranking. Halving: at each rung the best 1/factor go on, to factor times the steps.',
              standing: 'ours',
            }}
            wide
            value={form.policy}
            choices={policies}
            onChange={(policy) => change({ policy: policy as Form['policy'] })}
          />
          {form.policy === 'best' && (
            <NumberField
              help={{ label: 'Kept', help: 'How many of the best go on to the final step.' }}
              value={form.keep}
              bounds={{ integer: true, minimum: 1, maximum: 100 }}
              onChange={(keep) => change({ keep })}
            />
          )}
          {form.policy === 'halving' && (
            <NumberField
              help={{ label: 'Factor', help: 'Of successive halving.' }}
              value={form.factor}
              bounds={{ integer: false, minimum: 1.2, maximum: 10 }}
              onChange={(factor) => change({ factor })}
            />
          )}
          <FieldRow id={nameId} help={{ label: 'Name', help: 'Of the study; its runs begin with it.' }}>
            <OutlinedInput
              id={nameId}
              size="small"
              className="name-input"
              value={form.name}
              placeholder={document.name}
              onChange={(event) => change({ name: event.target.value })}
              inputProps={{ maxLength: 80, 'aria-describedby': `${nameId}-help`, autoComplete: 'off' }}
            />
          </FieldRow>
        </div>
        <MixtureFields form={form} onChange={change} />
        <div className="study-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="contained"
            loading={busy}
            loadingPosition="start"
            disabled={outlook.error !== null || noData}
            startIcon={<PlaylistAddOutlined fontSize="small" />}
            onClick={() => void start()}
          >
            {outlook.error === null ? `Start ${formatCount(outlook.candidates, 'candidate')}` : 'Start'}
          </Button>
          <span className="small" role="status">
            {noData ? (
              <>
                No text is chosen to train on.{' '}
                <button
                  type="button"
                  className="text-button"
                  onClick={() => setView({ page: 'design', designTab: 'train' })}
                >
                  Choose one in the Train panel
                </button>
              </>
            ) : outlook.error === null ? (
              <>
                to step <span className="number">{formatInteger(outlook.prefix)}</span> each:{' '}
                <span className="number">{formatSI(outlook.prefixFlops, 'FLOP')}</span>,{' '}
                {formatShare(outlook.prefixFlops / outlook.flops)} of training all to the end ·{' '}
                <span className="muted">{outlook.first.join(' · ')}</span>
              </>
            ) : (
              <span className="obstacle">
                {outlook.error.message} {outlook.error.hint}
              </span>
            )}
          </span>
        </div>
        {error !== null && <Failure error={error} what="The study was not started." />}
      </div>
    </section>
  );
}

/** What the fields' editor of the sweep dialog needs beside the axes. */
const sweepShape = { name: '', kind: 'grid', draws: 1, drawSeed: 0, seeds: 1 } as const;
