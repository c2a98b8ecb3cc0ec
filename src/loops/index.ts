// The drivers: how a base loop is given its turns.
export { EventLoop, usePlatform } from './eventloop.ts';
export { HostedEventLoop } from './hosted.ts';
export type { Host } from './host.ts';
export { nodeHost } from './nodehost.ts';
export { VirtualTimeEventLoop } from './virtual.ts';
