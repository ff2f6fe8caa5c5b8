import AccountTreeOutlined from '@mui/icons-material/AccountTreeOutlined';
import InsertChartOutlined from '@mui/icons-material/InsertChartOutlined';
import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import StorageOutlined from '@mui/icons-material/StorageOutlined';
import TimelineOutlined from '@mui/icons-material/TimelineOutlined';
import TroubleshootOutlined from '@mui/icons-material/TroubleshootOutlined';
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';
import { Keys } from '../actions/ActionButton.tsx';
import { action } from '../actions/actions.ts';
import { runAction } from '../actions/keys.ts';
import mark from '../icon.svg';
import { type Page, pages } from '../logic/deepLink.ts';
import { useView } from '../state/view.ts';

const icons: Record<Page, ReactNode> = {
  design: <AccountTreeOutlined />,
  data: <StorageOutlined />,
  runs: <TimelineOutlined />,
  inspect: <TroubleshootOutlined />,
  laws: <ShowChartOutlined />,
  figures: <InsertChartOutlined />,
};

export function Rail() {
  const current = useView((view) => view.page);
  return (
    <nav className="rail" aria-label="Pages">
      <img src={mark} alt="" width={26} height={26} className="rail-mark" />
      {pages.map((page) => {
        const go = action(`go.${page}`);
        return (
          <Tooltip key={page} placement="right" title={<Keys shortcut={go.shortcut ?? ''} />}>
            <button
              type="button"
              className="rail-item"
              aria-current={page === current ? 'page' : undefined}
              onClick={() => runAction(go)}
            >
              {icons[page]}
              <span>{go.label}</span>
            </button>
          </Tooltip>
        );
      })}
    </nav>
  );
}
