/** Saved versions, newest first: look at the difference, open on the canvas, delete. */
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import SaveOutlined from '@mui/icons-material/SaveOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import { formatSI } from '../../../../shared/format.ts';
import type { DocumentVersion } from '../../../../shared/rpc/contract.ts';
import { ActionButton } from '../../../actions/ActionButton.tsx';
import { Empty } from '../../../components/Empty.tsx';
import { Failure } from '../../../components/Failure.tsx';
import { closeOverlay } from '../../../state/dialogs.ts';
import { sayError } from '../../../state/messages.ts';
import {
  deleteVersion,
  loadVersions,
  openVersion,
  useVersions,
  versionName,
} from '../../../state/versions.ts';
import { versionKey } from './sides.ts';

interface Props {
  /** Key of the side that is compared. */
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}

export function VersionList({ chosen, onChoose }: Props) {
  const list = useVersions((versions) => versions.list);
  return (
    <section className="versions-list" aria-label="Saved versions">
      <ActionButton name="design.save" icon={<SaveOutlined fontSize="small" />} showKeys />
      {list.status === 'error' && (
        <Failure
          error={list.error}
          what="The versions could not be listed."
          retry={() => void loadVersions()}
        />
      )}
      {list.value === undefined && list.status === 'loading' && <Skeleton variant="rounded" height={160} />}
      {list.value?.length === 0 && <Empty text="No version is saved yet." />}
      <ul>
        {list.value?.map((version) => (
          <Version
            key={version.version}
            version={version}
            chosen={chosen === versionKey(version.version)}
            onChoose={() => onChoose(versionKey(version.version))}
          />
        ))}
      </ul>
    </section>
  );
}

function Version({
  version,
  chosen,
  onChoose,
}: {
  version: DocumentVersion;
  chosen: boolean;
  onChoose: () => void;
}) {
  const name = versionName(version);
  const open = () => {
    openVersion(version).then(closeOverlay, sayError);
  };
  return (
    <li
      className={chosen ? 'saved-version saved-version-chosen' : 'saved-version'}
      data-version={version.version}
    >
      <button type="button" className="version-choose" aria-pressed={chosen} onClick={onChoose}>
        <span className="version-name">
          {version.ffnKinds.map((kind) => (
            <i key={kind} data-kind={kind} aria-hidden="true" />
          ))}
          {name}
        </span>
        <span className="muted small" title="Parameters, and when it was saved">
          {version.parameters === null ? 'with problems' : formatSI(version.parameters)}
          {' · '}
          <time dateTime={version.createdAt}>
            {new Date(version.createdAt).toLocaleString(undefined, {
              dateStyle: 'medium',
              timeStyle: 'short',
            })}
          </time>
        </span>
      </button>
      <span className="version-actions">
        <Button size="small" onClick={open} aria-label={`Open ${name}`}>
          Open
        </Button>
        <Tooltip title="Delete; the message brings it back">
          <IconButton
            aria-label={`Delete ${name}`}
            onClick={() => void deleteVersion(version).catch(sayError)}
          >
            <DeleteOutlined fontSize="small" />
          </IconButton>
        </Tooltip>
      </span>
    </li>
  );
}
