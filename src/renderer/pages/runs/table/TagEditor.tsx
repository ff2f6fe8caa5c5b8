/** Tags: shown as small coloured labels, edited where they stand. */
import Autocomplete from '@mui/material/Autocomplete';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import { useMemo, useState } from 'react';
import type { RunSummary } from '../../../../shared/rpc/contract.ts';
import { tagHues } from '../../../logic/tagHue.ts';
import { sayError } from '../../../state/messages.ts';
import { tagRuns } from '../../../state/runCommands.ts';
import { setTagHue, useTagHue } from '../../../state/tagHues.ts';
import { useWorkspace } from '../../../state/workspace.ts';
import './tags.css';

export function Tag({ tag }: { tag: string }) {
  const hue = useTagHue(tag);
  return (
    <span className="run-tag" title={tag}>
      <i aria-hidden="true" data-hue={hue} />
      {tag}
    </span>
  );
}

/** The tags of one run with the button that edits them. */
export function Tags({ run }: { run: RunSummary }) {
  return (
    <span className="run-tags">
      {run.tags.map((tag) => (
        <Tag key={tag} tag={tag} />
      ))}
      <TagButton runs={[run]} label={`Tags of ${run.name}`} />
    </span>
  );
}

/** Opens a field with the tags that all of `runs` have: what is added or taken away there changes each of them. */
export function TagButton({
  runs,
  label,
  text,
}: {
  runs: readonly RunSummary[];
  label: string;
  text?: string;
}) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const some = runs.some((run) => run.tags.length > 0);
  return (
    <>
      <button
        type="button"
        className={text === undefined ? 'tag-button' : 'text-button'}
        aria-label={label}
        aria-haspopup="dialog"
        onClick={(event) => {
          event.stopPropagation();
          setAnchor(event.currentTarget);
        }}
      >
        {text ?? <span aria-hidden="true">{some ? '✎' : '+'}</span>}
      </button>
      {/* Not mounted before it opens: every row has one. */}
      {anchor !== null && (
        <Popover
          open
          anchorEl={anchor}
          // The list of tags is placed by the field, which must not be growing then.
          transitionDuration={0}
          onClose={() => setAnchor(null)}
          onClick={(event) => event.stopPropagation()}
          // The field takes the first Escape for its list, even while that has nothing to show.
          onKeyDownCapture={(event) => {
            if (event.key !== 'Escape' || isExpanded(event.target)) return;
            event.stopPropagation();
            setAnchor(null);
          }}
          anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
          slotProps={{ paper: { className: 'tag-popover', role: 'dialog', 'aria-label': label } }}
        >
          <TagField runs={runs} label={label} />
        </Popover>
      )}
    </>
  );
}

const isExpanded = (target: EventTarget) =>
  target instanceof Element && target.getAttribute('aria-expanded') === 'true';

function TagField({ runs, label }: { runs: readonly RunSummary[]; label: string }) {
  const all = useWorkspace((workspace) => workspace.runs.value);
  const known = useMemo(() => [...new Set(all?.flatMap((run) => run.tags))].sort(), [all]);
  const [first, ...others] = runs;
  const shared = first?.tags.filter((tag) => others.every((run) => run.tags.includes(tag))) ?? [];
  const change = async (tags: readonly string[]) => {
    const wanted = tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
    try {
      for (const tag of wanted) if (!shared.includes(tag)) await tagRuns(runs, tag, true);
      for (const tag of shared) if (!wanted.includes(tag)) await tagRuns(runs, tag, false);
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <>
      <Autocomplete
        multiple
        freeSolo
        openOnFocus
        filterSelectedOptions
        size="small"
        options={known}
        value={[...shared]}
        onChange={(_, tags) => void change(tags)}
        renderOption={({ key, ...props }, tag) => (
          <li key={key} {...props}>
            <Tag tag={tag} />
          </li>
        )}
        renderInput={(params) => (
          <TextField {...params} autoFocus placeholder="Type a tag, then Enter" label={label} />
        )}
      />
      {shared.map((tag) => (
        <TagColours key={tag} tag={tag} />
      ))}
    </>
  );
}

const hueNames = ['indigo', 'teal', 'orange', 'violet', 'green', 'magenta', 'ochre', 'slate'];

/** The hues that a tag can have; pressed once more, the chosen one gives way to the one its letters give. */
function TagColours({ tag }: { tag: string }) {
  const hue = useTagHue(tag);
  return (
    <fieldset className="tag-colours" aria-label={`Colour of ${tag}`}>
      <Tag tag={tag} />
      <span className="grow" />
      {Array.from({ length: tagHues }, (_, index) => (
        <button
          key={hueNames[index]}
          type="button"
          className="tag-colour run-tag"
          aria-label={hueNames[index]}
          aria-pressed={index === hue}
          title={hueNames[index]}
          onClick={() => setTagHue(tag, index === hue ? null : index)}
        >
          <i aria-hidden="true" data-hue={index} />
        </button>
      ))}
    </fieldset>
  );
}
