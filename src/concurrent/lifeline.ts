// The program of a thread in each worker process: ends the process when its owner is no more, also one that computes
// and so hears of nothing. Of the owner it has one end of a pipe, which closes however the owner ends.
import { Socket } from 'node:net';

// Milliseconds for the process to end by itself, as it does when its event loop is free.
const GRACE = 1000;

new Socket({ fd: 4, readable: true, writable: false })
  .on('error', () => undefined)
  .on('close', () => {
    // Blocked rather than by a timer: nothing else happens here.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GRACE);
    process.kill(process.pid, 'SIGKILL');
  })
  .resume();
