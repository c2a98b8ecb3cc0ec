// Finding a host's addresses and connecting to one of them: one after the other, or racing (RFC 8305).
import * as net from 'node:net';
import {
  type ConnectionOptions,
  ExceptionGroup,
  type GeneratorBody,
  isCancellation,
  TimeoutError,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { staggeredRace } from '../../tasks/index.ts';
import { resolve } from './dns.ts';
import { hostCall } from './hostcall.ts';
import { connectWithInlet } from './inlet.ts';

type Found = { address: string; family: 4 | 6 };

/** @internal A connected socket to one of the addresses of a host. @throws what the tries failed with */
export function* connectToHost(
  loop: HostedEventLoop,
  host: string | null,
  port: number,
  options: ConnectionOptions,
  plain: boolean,
): GeneratorBody<net.Socket> {
  const family = options.family ?? 0;
  let found = yield* resolve(loop, host, family);
  if (found.length === 0) throw new Error('getaddrinfo() found no address');
  const { localAddr = null, happyEyeballsDelay = null } = options;
  let local: Found[] | null = null;
  if (localAddr !== null) {
    local = yield* resolve(loop, localAddr[0], family);
  }
  const first = options.interleave ?? (happyEyeballsDelay === null ? 0 : 1);
  if (first > 0) found = interleave(found, first);
  const errors: Error[] = [];
  const connected: net.Socket[] = [];
  const one = function* (address: Found): GeneratorBody<net.Socket> {
    const from = local === null ? null : local.find((each) => each.family === address.family);
    try {
      if (from === undefined) {
        throw new Error(`No local address of the family of ${address.address} was found`);
      }
      const own =
        from === null ? {} : { localAddress: from.address, localPort: localAddr?.[1] ?? 0 };
      const { address: to, family: version } = address;
      const socket = yield* connectSocket(loop, { host: to, port, family: version, ...own }, plain);
      connected.push(socket);
      return socket;
    } catch (error) {
      if (!isCancellation(error)) errors.push(error as Error);
      throw error;
    }
  };
  if (happyEyeballsDelay === null) {
    for (const address of found) {
      try {
        return yield* one(address);
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
    }
  } else {
    const starts = found.map((address) => () => one(address));
    let winner: net.Socket | null = null;
    try {
      [winner] = yield* staggeredRace(starts, happyEyeballsDelay, { loop });
      if (winner !== null) return winner;
    } finally {
      // Whoever connected in the same turn as the winner.
      for (const socket of connected) if (socket !== winner) socket.destroy();
    }
  }
  throw connectError(errors, options.allErrors === true);
}

function connectError(errors: readonly Error[], all: boolean): Error {
  const [first] = errors;
  if (first === undefined) return new TimeoutError('createConnection() failed');
  if (all) return new ExceptionGroup('createConnection() failed', errors);
  if (errors.every(({ message }) => message === first.message)) return first;
  const messages = errors.map(({ message }) => message).join(', ');
  const combined: Error & { code?: unknown } = new Error(`Multiple exceptions: ${messages}`, {
    cause: errors,
  });
  // All for one reason (the usual case: every address refuses): the reason stands for the whole.
  const { code } = first as { code?: unknown };
  if (code !== undefined && errors.every((error) => (error as { code?: unknown }).code === code)) {
    combined.code = code;
  }
  return combined;
}

function interleave(found: readonly Found[], firstCount: number): Found[] {
  const lists = new Map<number, Found[]>();
  for (const address of found) {
    const list = lists.get(address.family);
    if (list === undefined) lists.set(address.family, [address]);
    else list.push(address);
  }
  const families = [...lists.values()];
  const result: Found[] = [];
  if (firstCount > 1) result.push(...(families[0] as Found[]).splice(0, firstCount - 1));
  for (let i = 0; families.some((list) => i < list.length); i++) {
    for (const list of families) if (i < list.length) result.push(list[i] as Found);
  }
  return result;
}

/** @internal Connects one socket. Cancelled, it leaves none. `plain`: it is not for TLS. */
export function* connectSocket(
  loop: HostedEventLoop,
  options: net.NetConnectOpts,
  plain: boolean,
): GeneratorBody<net.Socket> {
  return yield* hostCall<net.Socket>(loop, (settle) => {
    const settings = { ...options, allowHalfOpen: true, noDelay: true } as net.NetConnectOpts;
    const socket = loop._detached(() =>
      plain ? connectWithInlet(settings) : net.connect(settings),
    );
    socket.once('connect', () => settle(null, socket));
    // Stays: an error between here and the transport must not end the process.
    socket.on('error', (error) => settle(error));
    return () => socket.destroy();
  });
}
