/** The pages, each fetched when it is first opened. */
import type { ComponentType } from 'react';
import type { Page } from '../logic/deepLink.ts';

type PageModule = Promise<{ readonly default: ComponentType }>;

export const loadPage: Readonly<Record<Page, () => PageModule>> = {
  design: () => import('./design/DesignPage.tsx').then(({ DesignPage }) => ({ default: DesignPage })),
  data: () => import('./data/DataPage.tsx'),
  runs: () => import('./runs/RunsPage.tsx'),
  inspect: () => import('./inspect/InspectPage.tsx'),
  laws: () => import('./laws/LawsPage.tsx'),
  figures: () => import('./figures/FiguresPage.tsx'),
};
