/** Files that were dropped, waiting for a name in the dialog. */
import { create } from 'zustand';
import type { TextFile } from '../../logic/files.ts';

export const useIncoming = create<{ readonly files: readonly TextFile[] }>()(() => ({ files: [] }));
