/** Counts of tokens that editors asked for, by data, tokenizer and vocabulary; they stay while the page is open. */
import { create } from 'zustand';
import type { Input, TokenCounts } from '../../shared/rpc/contract.ts';
import { asking, failed, type Loadable, ready } from './loadable.ts';
import { host, loadData } from './workspace.ts';

export type CountRequest = Input<'data.tokenCounts'>;

export const useTokenCounts = create<Readonly<Record<string, Loadable<TokenCounts>>>>()(() => ({}));

const { getState: get, setState: set } = useTokenCounts;

export function countKey(request: CountRequest): string {
  return JSON.stringify(request);
}

export async function loadTokenCounts(request: CountRequest): Promise<void> {
  const key = countKey(request);
  const before = get()[key];
  if (before?.status === 'loading') return;
  set({ [key]: asking(before) });
  try {
    set({ [key]: ready(await host().call('data.tokenCounts', request)) });
    void loadData(); // a tokenizer or a sample may be new
  } catch (error) {
    set({ [key]: failed(error, before) });
  }
}
