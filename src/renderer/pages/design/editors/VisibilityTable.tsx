/** MaskMoE: which experts real token types see, drawn by the method's own buffer as training would draw it. */

import Search from '@mui/icons-material/Search';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import TextField from '@mui/material/TextField';
import { useDeferredValue, useMemo, useState } from 'react';
import { formatInteger } from '../../../../shared/format.ts';
import type { MaskMoeFfn } from '../../../../shared/methods/ffn/maskmoe.ts';
import { layerShape } from '../../../../shared/methods/languageModel.ts';
import type { TokenCounts } from '../../../../shared/rpc/contract.ts';
import { visibleToken } from '../../../logic/tokenColour.ts';
import { type RankedTokens, searchTokens, visibleExperts } from '../../../logic/tokenRanks.ts';
import { useDocument } from '../useDocument.ts';

interface Props {
  readonly block: number;
  readonly ffn: MaskMoeFfn;
  readonly found: TokenCounts;
  readonly ranked: RankedTokens;
  readonly cut: number;
}

const most = 40;

export function VisibilityTable({ block, ffn, found, ranked, cut }: Props) {
  const document = useDocument();
  const first = document.blocks.slice(0, block).reduce((sum, entry) => sum + entry.repeat, 0);
  const repeat = document.blocks[block]!.repeat;
  const [wish, setOffset] = useState(0);
  const [search, setSearch] = useState('');
  const offset = Math.min(wish, repeat - 1);
  // A drag shows the curve at once; the table of a large vocabulary may follow a frame later.
  const options = useDeferredValue(ffn);
  const table = useMemo(() => {
    const valid = Math.max(options.vFrequent, options.vRare) <= options.nExperts;
    return valid ? visibleExperts(options, layerShape(document), found.counts, first + offset) : null;
  }, [options, document.vocabulary, found, first, offset]);
  const rows = useMemo(
    () => searchTokens(search, ranked, found.texts, cut, most),
    [search, ranked, found, cut],
  );
  const experts = options.nExperts;
  return (
    <div className="visibility">
      <div className="keep">
        <TextField
          className="grow"
          placeholder="Search token types"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          slotProps={{
            htmlInput: { 'aria-label': 'Search token types' },
            input: {
              startAdornment: (
                <InputAdornment position="start">
                  <Search fontSize="small" />
                </InputAdornment>
              ),
            },
          }}
        />
        {options.maskPerLayer && repeat > 1 && (
          <Select
            value={offset}
            onChange={(event) => setOffset(Number(event.target.value))}
            inputProps={{ 'aria-label': 'Layer of the masks' }}
          >
            {Array.from({ length: repeat }, (_, index) => (
              // Layers have no identity but their place.
              <MenuItem key={`layer ${index}`} value={index}>
                layer {first + index + 1}
              </MenuItem>
            ))}
          </Select>
        )}
      </div>
      {table === null ? (
        <p className="editor-empty small">
          A type would see more experts than there are: mend the fields below first.
        </p>
      ) : rows.shown.length === 0 ? (
        <p className="editor-empty small">No token type holds “{search}”.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be in reach of the keyboard
        <section className="visibility-scroll" tabIndex={0} aria-label="Visibility matrix">
          <table className="visibility-table">
            <thead>
              <tr>
                <th scope="col">token</th>
                <th scope="col" className="right">
                  count
                </th>
                <th scope="col">sees experts 1–{experts}</th>
              </tr>
            </thead>
            <tbody>
              {rows.shown.map(({ id, rank }) => {
                const seen = Array.from(
                  { length: experts },
                  (_, expert) => table[id * experts + expert] === 1,
                );
                const list = seen.flatMap((visible, expert) => (visible ? [expert + 1] : []));
                return (
                  <tr key={id} className={rank !== null && rank <= cut ? 'frequent' : ''}>
                    <th
                      scope="row"
                      className="number"
                      title={rank === null ? 'never occurs' : `rank ${rank}`}
                    >
                      {visibleToken(found.texts[id] ?? '')}
                    </th>
                    <td className="number right">{formatInteger(found.counts[id])}</td>
                    <td>
                      <span className="visually-hidden">{list.join(', ')}</span>
                      <span className="visibility-cells" aria-hidden="true" title={`sees ${list.join(', ')}`}>
                        {seen.map((visible, expert) => (
                          <i key={`expert ${expert}`} className={visible ? 'on' : ''} />
                        ))}
                      </span>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      <p className="muted small panel-note">
        {formatInteger(rows.shown.length)} of {formatInteger(rows.all)} types
        {search === '' && ', those around the cut; bold: frequent'}
      </p>
    </div>
  );
}
