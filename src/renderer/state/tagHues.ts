/** The hue of a tag: the one that the user chose, kept with the view, else the one its letters give. */
import { tagHue } from '../logic/tagHue.ts';
import { setView, useView } from './view.ts';

/** Whatever its case, a tag has one hue. */
const keyOf = (tag: string) => tag.toLowerCase();

export function useTagHue(tag: string): number {
  return useView((view) => view.tagHues[keyOf(tag)]) ?? tagHue(tag);
}

/** null: back to what the letters give. */
export function setTagHue(tag: string, hue: number | null): void {
  const { [keyOf(tag)]: _, ...others } = useView.getState().tagHues;
  setView({ tagHues: hue === null ? others : { ...others, [keyOf(tag)]: hue } });
}
