/** Studies: candidates trained for a prefix, ranked by the final loss that the law predicts, continued or stopped. */
import AddOutlined from '@mui/icons-material/AddOutlined';
import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useState } from 'react';
import { formatCount } from '../../../shared/format.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { setLaws, useLaws } from '../../state/laws.ts';
import { loadStudies, useStudies } from '../../state/studies.ts';
import { Choice } from '../inspect/SubjectBar.tsx';
import { StudyForm } from './StudyForm.tsx';
import { StudyView } from './StudyView.tsx';
import { useStudyNews } from './useStudyNews.ts';

export function StudyTab() {
  useStudyNews();
  const list = useStudies((studies) => studies.list);
  const wanted = useLaws((laws) => laws.study);
  const [making, setMaking] = useState(false);
  const rows = list.value ?? [];
  const study = rows.find((row) => row.study === wanted) ?? rows[0] ?? null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled area must be reachable by keyboard
    <section className="laws-scroll" aria-label="Studies" tabIndex={0}>
      <div className="study-bar">
        {study !== null && (
          <Choice
            label="Study"
            value={study.study}
            options={rows.map((row) => ({
              value: row.study,
              label: `${row.name}, ${formatCount(row.candidates.length, 'candidate')}, ${row.state}`,
            }))}
            onChange={(value) => setLaws({ study: value })}
          />
        )}
        <span className="grow" />
        {!making && (
          <Button
            variant="outlined"
            startIcon={<AddOutlined fontSize="small" />}
            onClick={() => setMaking(true)}
          >
            New study
          </Button>
        )}
      </div>
      {list.status === 'error' && (
        <Failure error={list.error} what="The studies were not read." retry={() => void loadStudies()} />
      )}
      {making && <StudyForm onClose={() => setMaking(false)} />}
      {list.value === undefined && list.status === 'loading' && <Skeleton variant="rounded" height={260} />}
      {list.value !== undefined && study === null && !making && (
        <Empty
          icon={<ShowChartOutlined />}
          text="No study yet. A study trains candidates for a part of their steps, predicts how each would end, and goes on with the best."
        >
          <Button variant="contained" onClick={() => setMaking(true)}>
            Start a study
          </Button>
        </Empty>
      )}
      {study !== null && <StudyView row={study} />}
    </section>
  );
}
