import { describe, expect, test } from 'vitest';
import type { Architecture } from './document.ts';
import { setEveryFfnKind, setField, setPositionKind, setSharingKind, splitBlock } from './edits.ts';
import { checkArchitecture } from './parse.ts';
import { findPreset } from './presets.ts';

const start = findPreset('dense-2m')!.architecture; // width 192, 4 layers, 6 heads of 32, D 576
const of = (kind: Parameters<typeof setEveryFfnKind>[1]) => setEveryFfnKind(start, kind);
const at = (architecture: Architecture, part: string, value: unknown) =>
  setField(architecture, `blocks.0.${part}`, value);

const broken: Record<string, Architecture> = {
  'heads that do not fill the width': at(start, 'attention.heads', 4),
  'heads that do not divide the width': at(start, 'attention.heads', 5),
  'neither heads nor head size divide the width': at(
    at(start, 'attention.heads', 5),
    'attention.headSize',
    50,
  ),
  'key/value heads that do not divide the heads': at(start, 'attention.kvHeads', 4),
  'finedeep experts that do not divide D': at(of('finedeep'), 'ffn.subLayers', 5),
  'finedeep width': at(of('finedeep'), 'ffn.width', 577),
  'dsmoe partition': at(at(of('dsmoe'), 'ffn.padFfnToMultiple', false), 'ffn.nExperts', 7),
  'dsmoe with more experts than units': at(of('dsmoe'), 'ffn.nExperts', 600),
  'llama-moe partition': at(of('llamamoe'), 'ffn.nExperts', 7),
  'more chosen than there are': at(of('moe'), 'ffn.topK', 99),
  'more sub-experts chosen than there are': at(of('cartesianmoe'), 'ffn.topKPerSublayer', 99),
  'more visible experts than there are': at(of('maskmoe'), 'ffn.vFrequent', 99),
  'frequent tokens beyond the vocabulary': at(
    at(of('maskmoe'), 'ffn.frequentRule', 'topN'),
    'ffn.freqTopN',
    99_999,
  ),
  'a limit above the experts': at(of('topp'), 'ffn.maxExperts', 99),
  'published bases for other heads': at(
    setPositionKind(start, 0, 'harpe'),
    'attention.position.baseScheme',
    'published32',
  ),
  'a range of sharing beyond the stack': setField(setSharingKind(start, 'uniattn'), 'sharing.end', 9),
  'a follower unlike its leader': setField(
    setSharingKind(splitBlock(start, 0, 3).architecture, 'crossLayerKv'),
    'blocks.1.attention.kvHeads',
    2,
  ),
};

describe('each mend that a problem offers takes it away', () => {
  for (const [name, document] of Object.entries(broken)) {
    test(name, () => {
      const problems = checkArchitecture(document);
      expect(problems.length).toBeGreaterThan(0);
      for (const { path, message, mends } of problems) {
        expect(mends, message).not.toHaveLength(0);
        for (const mend of mends ?? []) {
          const mended = setField(document, mend.path, mend.value);
          const left = checkArchitecture(mended);
          // Heads that do not divide the width take two steps: their number, then their size.
          const inTwo = left.filter((problem) => problem.path === path && problem.message !== message);
          expect(
            left.filter((problem) => problem.path === path && !inTwo.includes(problem)),
            mend.label,
          ).toEqual([]);
        }
      }
    });
  }
});

test('labels read as sentences of the message', () => {
  const [problem] = checkArchitecture(broken['heads that do not fill the width']);
  expect(problem!.mends!.map(({ label }) => label)).toEqual(['set head size to 48', 'set heads to 6']);
});
