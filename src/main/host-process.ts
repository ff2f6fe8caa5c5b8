/** The host in a process of its own, for the desktop app: a native crash in here takes neither the window nor the app. */
import type { MessagePortMain } from 'electron';
import { toErrorShape } from '../shared/errors.ts';
import { createHost, workspaceFolder } from './host/index.ts';
import type { HostToMain, MainToHost } from './shell/desktop/processMessages.ts';
import { relayedLauncher } from './shell/desktop/relayedChildren.ts';
import { createDispatcher } from './shell/dispatch.ts';

const { parentPort } = process;
const post = (message: HostToMain) => parentPort.postMessage(message);
const children = relayedLauncher(post);
type Host = Awaited<ReturnType<typeof createHost>>;
let host: Host | null = null;

parentPort.on('message', ({ data, ports }) => {
  const message = data as MainToHost;
  if (message.type === 'open') void open(message.workspace);
  else if (message.type === 'connect') {
    if (host !== null && ports[0] !== undefined) connect(host, ports[0]);
  } else if (message.type === 'close') void close();
  else children.receive(message);
});

function tell({ message, hint }: { message: string; hint?: string }): void {
  post({ type: 'notice', message, hint });
}

async function open(workspace: string | undefined): Promise<void> {
  try {
    host = await createHost({
      workspace: workspaceFolder(workspace),
      shell: 'electron',
      launch: children.launch,
      onProblem: tell,
    });
    post({ type: 'ready' });
    host.notices.forEach(tell);
  } catch (error) {
    post({ type: 'failed', error: toErrorShape(error) });
  }
}

function connect(current: Host, port: MessagePortMain): void {
  const dispatcher = createDispatcher(current, {
    send: (message) => port.postMessage(message),
    refuse: (reason) => {
      console.error('A page broke the protocol:', reason);
      port.close();
    },
  });
  port.on('message', ({ data }) => dispatcher.receive(data));
  port.on('close', () => dispatcher.close());
  port.start();
}

async function close(): Promise<void> {
  try {
    await host?.close();
  } finally {
    post({ type: 'closed' });
    process.exit(0);
  }
}
