/** Temporal scaling laws: what a run's beginning says about its end, and how far that can be trusted. */
import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { Empty } from '../../components/Empty.tsx';

export default function LawsPage() {
  return (
    <section className="laws" aria-label="Laws">
      <h1 className="visually-hidden">Laws</h1>
      <Empty
        text="No run has measured its loss by position yet. Every new run does so as it trains."
        icon={<ShowChartOutlined />}
      >
        <ActionButton name="train.start" label="Go to Train" variant="contained" />
      </Empty>
    </section>
  );
}
