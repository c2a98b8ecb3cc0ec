// Names and addresses: Node's resolver, which asks the system as `getaddrinfo(3)` does.
import * as dns from 'node:dns';
import * as net from 'node:net';
import {
  checkAll,
  type AddressFamily,
  type AddressInfo,
  describe,
  type GeneratorBody,
  type InetAddress,
  NotImplementedError,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { checkAddress, checkHost, checkPort } from '../arguments.ts';
import { LOOKUP } from '../options.ts';
import { hostCall } from './hostcall.ts';
import { inetAddress } from './addresses.ts';

/** @internal */
export interface AddrInfoOptions {
  family?: AddressFamily | undefined;
  type?: 'stream' | 'dgram' | 0 | undefined;
  proto?: number | undefined;
  flags?: number | undefined;
}

const PROTO = { stream: 6, dgram: 17 } as const;

/** @internal The addresses of a host: a literal as it is, null the loopback ones. */
export function* resolve(
  loop: HostedEventLoop,
  host: string | null,
  family: AddressFamily,
  passive = false,
  hints = 0,
): GeneratorBody<{ address: string; family: 4 | 6 }[]> {
  if (host === null || host === '') {
    const any = passive ? (['0.0.0.0', '::'] as const) : (['127.0.0.1', '::1'] as const);
    const both = [
      { address: any[0], family: 4 as const },
      { address: any[1], family: 6 as const },
    ];
    return both.filter((one) => family === 0 || family === one.family);
  }
  const literal = net.isIP(host) as 0 | 4 | 6;
  if (literal !== 0) {
    if (family === 0 || family === literal) return [{ address: host, family: literal }];
    // Node would take it as it is.
    if (family === 6 && (hints & dns.V4MAPPED) !== 0) {
      return [{ address: `::ffff:${host}`, family }];
    }
    throw otherFamily(host, family);
  }
  return yield* hostCall(loop, (settle) => {
    dns.lookup(host, { all: true, family, hints, verbatim: true }, (error, found) => {
      settle(error, found as { address: string; family: 4 | 6 }[]);
    });
  });
}

function otherFamily(host: string, family: AddressFamily): Error {
  const error: NodeJS.ErrnoException = new Error(
    `getaddrinfo ENOTFOUND ${host}: it is no IPv${family} address`,
  );
  error.code = 'ENOTFOUND';
  error.syscall = 'getaddrinfo';
  return error;
}

// Of <netdb.h>, as Python's socket module has them on Linux.
const AI = {
  PASSIVE: 1,
  CANONNAME: 2,
  NUMERICHOST: 4,
  V4MAPPED: 8,
  ALL: 16,
  ADDRCONFIG: 32,
  NUMERICSERV: 1024,
};
const NI = { NUMERICHOST: 1, NUMERICSERV: 2, NOFQDN: 4, NAMEREQD: 8, DGRAM: 16 };

function checkFlags(flags: unknown, known: Readonly<Record<string, number>>, where: string): void {
  if (typeof flags !== 'number') {
    throw new TypeError(`${where} expects flags as a number, not ${describe(flags)}`);
  }
  const all = Object.values(known).reduce((sum, bit) => sum | bit, 0);
  if (!Number.isInteger(flags) || flags < 0 || (flags & ~all) !== 0) {
    const names = Object.entries(known).map(([name, bit]) => `${name} (${bit})`);
    throw new RangeError(
      `${where} expects a sum of these flags: ${names.join(', ')}; not ${flags}`,
    );
  }
}

/** @internal */
export function getaddrinfo(
  loop: HostedEventLoop,
  host: string | null,
  port: number | string | null,
  options: AddrInfoOptions,
): GeneratorBody<AddressInfo[]> {
  const where = 'getaddrinfo()';
  checkAll(options, where, LOOKUP);
  const { flags = 0, family = 0 } = options;
  if (host !== null) checkHost(host, where);
  if (typeof port === 'string' && !/^\d+$/.test(port)) {
    throw new NotImplementedError(
      `${where} expects a port as a number or its digits, not ${describe(port)}: Node does not know services by name`,
    );
  }
  const number = port === null ? 0 : Number(port);
  checkPort(typeof port === 'object' || typeof port === 'string' ? number : port, where);
  checkFlags(flags, AI, where);
  if ((flags & AI.CANONNAME) !== 0) {
    throw new NotImplementedError(`${where}: Node does not tell canonical names (CANONNAME)`);
  }
  if ((flags & AI.NUMERICHOST) !== 0 && host !== null && host !== '' && net.isIP(host) === 0) {
    throw new RangeError(
      `${where} with NUMERICHOST expects an address in figures, not ${describe(host)}`,
    );
  }
  return addrinfo(loop, host, number, family, options, flags);
}

function* addrinfo(
  loop: HostedEventLoop,
  host: string | null,
  port: number,
  family: AddressFamily,
  options: AddrInfoOptions,
  flags: number,
): GeneratorBody<AddressInfo[]> {
  let hints = 0;
  if ((flags & AI.ADDRCONFIG) !== 0) hints |= dns.ADDRCONFIG;
  if ((flags & AI.V4MAPPED) !== 0) hints |= dns.V4MAPPED;
  if ((flags & AI.ALL) !== 0) hints |= dns.ALL;
  const found = yield* resolve(loop, host, family, (flags & AI.PASSIVE) !== 0, hints);
  const types =
    options.type === 'stream' || options.type === 'dgram'
      ? [options.type]
      : (['stream', 'dgram'] as const);
  const all = found.flatMap(({ address, family: version }) =>
    types
      .filter((type) => !options.proto || PROTO[type] === options.proto)
      .map((type): AddressInfo => [
        version,
        type,
        PROTO[type],
        '',
        inetAddress(address, port, version),
      ]),
  );
  if (all.length > 0) return all;
  throw new RangeError(
    `getaddrinfo() knows no addresses of protocol ${options.proto}${options.type ? ` and type '${options.type}'` : ''}`,
  );
}

/** @internal */
export function getnameinfo(
  loop: HostedEventLoop,
  address: InetAddress,
  flags: number,
): GeneratorBody<[string, string]> {
  const where = 'getnameinfo()';
  checkAddress(address, where);
  const [host] = address;
  if (net.isIP(host.replace(/%.*/, '')) === 0) {
    throw new RangeError(`${where} expects an address in figures, not the name ${describe(host)}`);
  }
  checkFlags(flags, NI, where);
  if ((flags & NI.NOFQDN) !== 0) {
    throw new NotImplementedError(`${where}: Node does not shorten names (NOFQDN)`);
  }
  if ((flags & NI.DGRAM) !== 0 && (flags & NI.NUMERICSERV) === 0) {
    throw new NotImplementedError(
      `${where}: Node knows the services of TCP only; DGRAM works together with NUMERICSERV`,
    );
  }
  if ((flags & NI.NAMEREQD) !== 0 && (flags & NI.NUMERICHOST) !== 0) {
    throw new RangeError(`${where}: NAMEREQD and NUMERICHOST exclude each other`);
  }
  return nameinfo(loop, address, flags);
}

function* nameinfo(
  loop: HostedEventLoop,
  [host, port]: InetAddress,
  flags: number,
): GeneratorBody<[string, string]> {
  let name = host;
  let service = String(port);
  const named = (flags & NI.NUMERICHOST) === 0;
  const wantsService = (flags & NI.NUMERICSERV) === 0;
  if (named) {
    try {
      const [foundName, foundService] = yield* lookupService(loop, host, port);
      name = foundName;
      return [name, wantsService ? foundService : service];
    } catch (error) {
      // An address without a name stands for itself, unless a name is required.
      if ((flags & NI.NAMEREQD) !== 0 || (error as { code?: unknown }).code !== 'ENOTFOUND') {
        throw error;
      }
    }
  }
  if (wantsService) {
    try {
      // The service does not depend on the host, but Node asks for both at once.
      [, service] = yield* lookupService(loop, '127.0.0.1', port);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOTFOUND') throw error;
    }
  }
  return [name, service];
}

function* lookupService(
  loop: HostedEventLoop,
  host: string,
  port: number,
): GeneratorBody<[string, string]> {
  return yield* hostCall<[string, string]>(loop, (settle) => {
    dns.lookupService(host, port, (error, name, service) => settle(error, [name, service]));
  });
}
