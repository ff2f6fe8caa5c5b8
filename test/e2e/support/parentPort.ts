/**
 * Loaded with `node --import` before the built host process: gives it the `process.parentPort` that Electron's utility
 * processes have, over Node's own channel. A page's port is a pair of messages marked `page`.
 */
import { EventEmitter } from 'node:events';

const pagePort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown) => process.send?.({ page: data }),
  start: () => undefined,
  close: () => pagePort.emit('close'),
});
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown) => process.send?.({ main: data }),
});
Object.defineProperty(process, 'parentPort', { value: parentPort });

process.on('message', (message: { main?: { type: string }; page?: unknown }) => {
  if (message.page !== undefined) pagePort.emit('message', { data: message.page });
  else
    parentPort.emit('message', {
      data: message.main,
      ports: message.main?.type === 'connect' ? [pagePort] : [],
    });
});
