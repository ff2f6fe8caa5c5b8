/** The frame of the window around the page that is open. Pages stay mounted once visited, so that they keep their state. */
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { lazy, type ReactNode, StrictMode, Suspense, useEffect, useState } from 'react';
import { Disconnected } from './components/Disconnected.tsx';
import { ErrorBoundary } from './components/ErrorBoundary.tsx';
import { PageSkeleton } from './components/PageSkeleton.tsx';
import { CommandPalette } from './frame/CommandPalette.tsx';
import { DoctorDialog } from './frame/DoctorDialog.tsx';
import { HelpDrawer } from './frame/HelpDrawer.tsx';
import { Rail } from './frame/Rail.tsx';
import { StatusBar } from './frame/StatusBar.tsx';
import { Toasts } from './frame/Toasts.tsx';
import { TopBar } from './frame/TopBar.tsx';
import { Tour } from './frame/Tour.tsx';
import { type Page, pages } from './logic/deepLink.ts';
import { loadPage } from './pages/index.ts';
import { type Overlay, useOverlay } from './state/dialogs.ts';
import { followStudies } from './state/studies.ts';
import { followAddress, useView } from './state/view.ts';
import { theme } from './theme.ts';
import './pages/design/design.css'; // the fields of every page's forms among it

const FigureDialog = lazy(() =>
  import('./pages/runs/FigureDialog.tsx').then((module) => ({ default: module.FigureDialog })),
);
const RunDialogs = lazy(() =>
  import('./pages/runs/RunDialogs.tsx').then((module) => ({ default: module.RunDialogs })),
);
const VersionsDialog = lazy(() =>
  import('./pages/design/versions/VersionsDialog.tsx').then((module) => ({ default: module.VersionsDialog })),
);
const AddTextDialog = lazy(() =>
  import('./pages/data/AddTextDialog.tsx').then((module) => ({ default: module.AddTextDialog })),
);

const DesignPage = lazy(loadPage.design);
const DataPage = lazy(loadPage.data);
const RunsPage = lazy(loadPage.runs);
const InspectPage = lazy(loadPage.inspect);
const LawsPage = lazy(loadPage.laws);
const FiguresPage = lazy(loadPage.figures);

const content: Record<Page, ReactNode> = {
  design: <DesignPage />,
  data: <DataPage />,
  runs: <RunsPage />,
  inspect: <InspectPage />,
  laws: <LawsPage />,
  figures: <FiguresPage />,
};

export function App() {
  return (
    <StrictMode>
      <ThemeProvider theme={theme} defaultMode="system" noSsr>
        <CssBaseline />
        <Frame />
      </ThemeProvider>
    </StrictMode>
  );
}

function Frame() {
  const page = useView((view) => view.page);
  const [visited, setVisited] = useState<ReadonlySet<Page>>(new Set([page]));
  if (!visited.has(page)) setVisited(new Set([...visited, page]));
  useEffect(followAddress, []);
  useEffect(followStudies, []);
  return (
    <div className="app">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Rail />
      <TopBar />
      <main id="main" className="page-host" tabIndex={-1}>
        <Disconnected />
        {pages
          .filter((candidate) => visited.has(candidate))
          .map((candidate) => (
            <div key={candidate} className="page" hidden={candidate !== page} data-page={candidate}>
              <ErrorBoundary>
                <Suspense fallback={<PageSkeleton />}>{content[candidate]}</Suspense>
              </ErrorBoundary>
            </div>
          ))}
      </main>
      <Tour />
      <StatusBar />
      <Toasts />
      <CommandPalette />
      <HelpDrawer />
      <DoctorDialog />
      <OnceOpened of={['addText']}>
        <AddTextDialog />
      </OnceOpened>
      <OnceOpened of={['figure']}>
        <FigureDialog />
      </OnceOpened>
      <OnceOpened of={['sweep', 'fork', 'trash']}>
        <RunDialogs />
      </OnceOpened>
      <OnceOpened of={['versions']}>
        <VersionsDialog />
      </OnceOpened>
    </div>
  );
}

/** Dialogs are fetched when one of them is first asked for, and stay, so that they can close with their transition. */
function OnceOpened({ of, children }: { of: readonly Overlay[]; children: ReactNode }) {
  const open = useOverlay((overlay) => of.includes(overlay.open));
  const [wanted, setWanted] = useState(open);
  if (open && !wanted) setWanted(true);
  return wanted && <Suspense>{children}</Suspense>;
}
