// The program of the watching thread: tells when a port closes, that is, when the thread at its other end has ended.
import { type MessagePort, workerData } from 'node:worker_threads';
import { ring } from './wire.ts';

const { port, bell } = workerData as { port: MessagePort; bell: Int32Array };

port.on('message', ([id, life]: [number, MessagePort]) => {
  life.on('close', () => {
    port.postMessage(id);
    ring(bell);
  });
  // A port reports its end only while it is listened to.
  life.on('message', () => undefined);
});
