// The load: load.ts PORT SIZE CONNECTIONS SECONDS. Every connection sends a message, waits for all of it to come back,
// and sends the next. Says when it begins to count, after a second; then how many came back, and how long it took.
// At the end every connection waits for its last answer before it closes, so that nothing is reset.
import * as net from 'node:net';

const [port = 0, size = 1024, connections = 1, seconds = 3] = process.argv.slice(2).map(Number);
const message = Buffer.alloc(size, 'x');
let requests = 0;
let ending = false;
const sockets: net.Socket[] = [];

function begin(socket: net.Socket): void {
  let received = 0;
  socket.on('data', (data) => {
    received += data.length;
    if (received < size) return;
    received = 0;
    requests++;
    if (ending) socket.end();
    else socket.write(message);
  });
  socket.write(message);
}

// A few at a time: a server's line of those who wait to be accepted is short.
let begun = 0;
function connect(): void {
  if (begun === connections) return;
  begun++;
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () => {
    sockets.push(socket);
    if (sockets.length === connections) start();
    else connect();
  });
  socket.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
}
for (let i = 0; i < 50; i++) connect();

function start(): void {
  for (const socket of sockets) begin(socket);
  setTimeout(() => {
    console.log('begin');
    const before = requests;
    const since = performance.now();
    setTimeout(() => {
      console.log(JSON.stringify({ requests: requests - before, took: performance.now() - since }));
      ending = true;
    }, seconds * 1000);
  }, 1000);
}
