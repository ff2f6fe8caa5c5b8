/** Which overlay is open. Only one at a time. */
import { create } from 'zustand';

export type Overlay =
  | 'palette'
  | 'help'
  | 'doctor'
  | 'addText'
  | 'figure'
  | 'sweep'
  | 'fork'
  | 'trash'
  | 'versions'
  | null;

export const useOverlay = create<{ readonly open: Overlay }>()(() => ({ open: null }));

export function openOverlay(open: Overlay): void {
  useOverlay.setState({ open });
}

export function closeOverlay(): void {
  useOverlay.setState({ open: null });
}
