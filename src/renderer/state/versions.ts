/** Saved versions of documents, and which two documents are compared. */
import { create } from 'zustand';
import type { Architecture } from '../../shared/architecture/document.ts';
import type { DocumentVersion } from '../../shared/rpc/contract.ts';
import { compareWith, currentDocument, showDocument } from './design.ts';
import { asking, failed, type Loadable, loading, ready } from './loadable.ts';
import { say, sayError } from './messages.ts';
import { setView } from './view.ts';
import { host } from './workspace.ts';

interface Versions {
  readonly list: Loadable<DocumentVersion[]>;
  /** Documents of versions that were read, by id. They never change. */
  readonly documents: Readonly<Record<string, Loadable<Architecture>>>;
}

export const useVersions = create<Versions>()(() => ({ list: loading, documents: {} }));

const { getState: get, setState: set } = useVersions;

export function versionName({ name, number }: Pick<DocumentVersion, 'name' | 'number'>): string {
  return `${name}, version ${number}`;
}

export async function loadVersions(): Promise<void> {
  set((state) => ({ list: asking(state.list) }));
  try {
    set({ list: ready(await host().call('documents.list', {})) });
  } catch (error) {
    set((state) => ({ list: failed(error, state.list) }));
  }
}

export async function loadVersion(version: string): Promise<void> {
  if (get().documents[version]?.status === 'ready') return;
  const put = (entry: Loadable<Architecture>) =>
    set((state) => ({ documents: { ...state.documents, [version]: entry } }));
  put(loading);
  try {
    put(ready((await host().call('documents.get', { version })).document));
  } catch (error) {
    put(failed(error));
  }
}

/** Keeps the document on the canvas in the workspace; counts are compared with it from now on. */
export async function saveVersion(): Promise<void> {
  const document = currentDocument();
  const { added, ...version } = await host().call('documents.save', { document });
  compareWith(versionName(version), document);
  say(
    added
      ? `Saved: ${versionName(version)}.`
      : `Nothing changed since ${versionName(version)}, which is the newest.`,
    added ? { severity: 'success' } : {},
  );
  await loadVersions();
}

/** Onto the canvas, as one undo entry. */
export async function openVersion(version: DocumentVersion): Promise<void> {
  const { document } = await host().call('documents.get', { version: version.version });
  showDocument(versionName(version), document);
  setView({ page: 'design', designTab: 'model' });
}

export async function deleteVersion(version: DocumentVersion): Promise<void> {
  await host().call('documents.delete', { version: version.version });
  say(`${versionName(version)} is deleted.`, {
    action: { label: 'Undo', run: () => void restoreVersion(version).catch(sayError) },
  });
  await loadVersions();
}

async function restoreVersion(version: DocumentVersion): Promise<void> {
  await host().call('documents.restore', { version: version.version });
  say(`${versionName(version)} is back.`);
  await loadVersions();
}
