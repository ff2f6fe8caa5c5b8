/**
 * Score of a query against a label: null when its letters do not occur in order; else higher is better. Matches at
 * word starts and in a row count most, so that "np" finds "New preset" before "input", and "go runs" finds "Go to runs"
 * before "Scaling across runs".
 */
export function fuzzyScore(query: string, label: string): number | null {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return 0;
  const text = label.toLowerCase();
  const direct = text.indexOf(wanted);
  if (direct >= 0) return 1000 - direct - text.length * 0.01 + (isWordStart(text, direct) ? 500 : 0);
  if (beginsWords(wanted.split(/\s+/), text)) return 700 - text.length * 0.01;
  let score = 0;
  let position = -1;
  for (const letter of wanted) {
    if (letter === ' ') continue;
    const next = text.indexOf(letter, position + 1);
    if (next === -1) return null;
    if (next === position + 1) score += 8;
    if (isWordStart(text, next)) score += 12;
    score -= Math.min(6, next - position - 1);
    position = next;
  }
  return score - text.length * 0.01;
}

/** Items of which some label matches, best first; a later label counts less than the first. Equal scores keep their order. */
export function fuzzyFilter<Item>(
  query: string,
  items: readonly Item[],
  labels: (item: Item) => readonly string[],
): Item[] {
  const best = (item: Item): number | null =>
    labels(item).reduce<number | null>((found, label, index) => {
      const score = fuzzyScore(query, label);
      return score === null ? found : Math.max(found ?? Number.NEGATIVE_INFINITY, score - 200 * index);
    }, null);
  return items
    .map((item, index) => ({ item, index, score: best(item) }))
    .filter((entry): entry is typeof entry & { score: number } => entry.score !== null)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((entry) => entry.item);
}

/** Whether each of `parts` begins a word of the text, in order. */
function beginsWords(parts: readonly string[], text: string): boolean {
  const words = text.split(/[^a-z0-9]+/);
  let at = 0;
  return parts.every((part) => {
    while (at < words.length && !words[at]!.startsWith(part)) at++;
    return at++ < words.length;
  });
}

function isWordStart(text: string, index: number): boolean {
  return index === 0 || /[^a-z0-9]/.test(text[index - 1] ?? '');
}
