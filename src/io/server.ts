// Server: the public face of what listens. The loop's methods, whose types know no platform, give an AbstractServer; a
// variable of the type Server has to take that too, so the type is that interface, and only the value is Node's class.
import type { AbstractServer } from '../core/index.ts';
import { NodeServer } from './node/server.ts';

/**
 * What `startServer`, `loop.createServer` and their kin give: it listens, and knows the connections it has accepted.
 * `asyncWith(server, body)` and `await using` close it at the end and wait until it is closed.
 *
 * @example
 * const server: Server = await startServer(greet, '127.0.0.1', 0);
 * await asyncWith(server, () => server.serveForever());
 */
export type Server = AbstractServer;

/** The class of servers, for `instanceof`. Only a loop makes them. */
export const Server: abstract new (...args: never[]) => AbstractServer = NodeServer;
