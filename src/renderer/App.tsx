/** The frame of the window around the page that is open. Pages stay mounted once visited, so that they keep their state. */
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { lazy, type ReactNode, StrictMode, Suspense, useEffect, useState } from 'react';
import { useActionKeys } from './actions/keys.ts';
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
import { AddTextDialog } from './pages/data/AddTextDialog.tsx';
import { DesignPage } from './pages/design/DesignPage.tsx';
import { followAddress, useView } from './state/view.ts';
import { theme } from './theme.ts';

const RunsPage = lazy(() => import('./pages/runs/RunsPage.tsx'));
const FigureDialog = lazy(() =>
  import('./pages/runs/FigureDialog.tsx').then((module) => ({ default: module.FigureDialog })),
);
const RunDialogs = lazy(() =>
  import('./pages/runs/RunDialogs.tsx').then((module) => ({ default: module.RunDialogs })),
);
const VersionsDialog = lazy(() =>
  import('./pages/design/versions/VersionsDialog.tsx').then((module) => ({ default: module.VersionsDialog })),
);
const DataPage = lazy(() => import('./pages/data/DataPage.tsx'));
const InspectPage = lazy(() => import('./pages/inspect/InspectPage.tsx'));
const LawsPage = lazy(() => import('./pages/laws/LawsPage.tsx'));
const FiguresPage = lazy(() => import('./pages/figures/FiguresPage.tsx'));

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
  useActionKeys();
  useEffect(followAddress, []);
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
      <AddTextDialog />
      <Suspense>
        <FigureDialog />
        <RunDialogs />
        <VersionsDialog />
      </Suspense>
    </div>
  );
}
