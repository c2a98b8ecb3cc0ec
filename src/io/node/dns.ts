// Names and addresses: Node's resolver, which asks the system as `getaddrinfo(3)` does.
import * as dns from 'node:dns';
import * as net from 'node:net';
import {
  type AddressFamily,
  type AddressInfo,
  describe,
  type GeneratorBody,
  type InetAddress,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { hostCall } from './hostcall.ts';
import { inetAddress } from './addresses.ts';

/** @internal */
export interface AddrInfoOptions {
  family?: AddressFamily;
  type?: 'stream' | 'dgram' | 0;
  proto?: number;
  flags?: number;
}

const PROTO = { stream: 6, dgram: 17 } as const;

/** @internal @throws TypeError or RangeError for what is no port */
export function checkPort(port: unknown, where: string): asserts port is number {
  if (typeof port !== 'number') {
    throw new TypeError(`${where} expects a port (a number), not ${describe(port)}`);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`${where} expects a port from 0 to 65535, not ${port}`);
  }
}

/** @internal */
export function checkHost(host: unknown, where: string): asserts host is string {
  if (typeof host !== 'string') {
    throw new TypeError(`${where} expects a host (a string), not ${describe(host)}`);
  }
}

/** @internal The addresses of a host: a literal as it is, null the loopback ones. */
export function* resolve(
  loop: HostedEventLoop,
  host: string | null,
  family: AddressFamily,
  passive = false,
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
  if (literal !== 0 && (family === 0 || family === literal))
    return [{ address: host, family: literal }];
  return yield* hostCall(loop, (settle) => {
    dns.lookup(host, { all: true, family, verbatim: true }, (error, found) => {
      settle(error, found as { address: string; family: 4 | 6 }[]);
    });
  });
}

/** @internal */
export function* getaddrinfo(
  loop: HostedEventLoop,
  host: string | null,
  port: number | string | null,
  options: AddrInfoOptions,
): GeneratorBody<AddressInfo[]> {
  if (host !== null) checkHost(host, 'getaddrinfo()');
  const number = typeof port === 'string' ? Number(port) : (port ?? 0);
  checkPort(number, 'getaddrinfo()');
  const found = yield* resolve(loop, host, options.family ?? 0);
  const types =
    options.type === 'stream' || options.type === 'dgram'
      ? [options.type]
      : (['stream', 'dgram'] as const);
  return found.flatMap(({ address, family }) =>
    types
      .filter((type) => !options.proto || PROTO[type] === options.proto)
      .map((type): AddressInfo => [
        family,
        type,
        PROTO[type],
        '',
        inetAddress(address, number, family),
      ]),
  );
}

/** @internal */
export function* getnameinfo(
  loop: HostedEventLoop,
  address: InetAddress,
): GeneratorBody<[string, string]> {
  if (!Array.isArray(address)) {
    throw new TypeError(`getnameinfo() expects an address [host, port], not ${describe(address)}`);
  }
  const [host, port] = address as InetAddress;
  checkHost(host, 'getnameinfo()');
  checkPort(port, 'getnameinfo()');
  return yield* hostCall<[string, string]>(loop, (settle) => {
    dns.lookupService(host, port, (error, name, service) => settle(error, [name, service]));
  });
}
