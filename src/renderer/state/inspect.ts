/** What the Inspect page looks at and how, beside the run, the step and the typed text (state/view.ts). Comes back after a restart. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { TokenColouring } from '../logic/tokenStrip.ts';

export const sections = ['sparsity', 'routing', 'gates', 'attention', 'loss', 'time'] as const;
export type Section = (typeof sections)[number];

export const routingViews = ['load', 'flow', 'training', 'checkpoints', 'robustness', 'data'] as const;
export type RoutingView = (typeof routingViews)[number];

/** What is read: a text, or a window of a data set's validation text. */
export type Passage =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'data'; readonly data: string; readonly window: number };

export interface InspectState {
  readonly compare: { readonly run: string; readonly step: number | null } | null;
  /** Where the next text comes from; null: the run's own first data set. */
  readonly from: 'text' | 'data';
  readonly data: string | null;
  readonly window: number;
  /** What was asked to be read. */
  readonly passage: Passage | null;
  /** Analyses over many windows read the validation text, or the passage. */
  readonly analysed: 'validation' | 'passage';
  readonly section: Section;
  readonly routing: RoutingView;
  readonly colouring: TokenColouring;
  /** Statistics by layer: of the passage, or of the probe logged at a step (null: the newest). */
  readonly statistics: 'passage' | 'probes';
  readonly probeStep: number | null;
  readonly layer: number;
  readonly head: number;
  readonly expert: number | null;
  readonly token: number | null;
}

export const useInspect = create<InspectState>()(
  persist(
    (): InspectState => ({
      compare: null,
      from: 'text',
      data: null,
      window: 0,
      passage: null,
      analysed: 'validation',
      section: 'sparsity',
      routing: 'load',
      colouring: 'loss',
      statistics: 'passage',
      probeStep: null,
      layer: 0,
      head: 0,
      expert: null,
      token: null,
    }),
    { name: 'finegrain.inspect', version: 1 },
  ),
);

export function setInspect(change: Partial<InspectState>): void {
  useInspect.setState(change);
}
