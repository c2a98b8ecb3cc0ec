// Imported by every entry for its effect: Node is the platform of this thread.
import { installIo } from './io/index.ts';
import { HostedEventLoop, nodeHost, usePlatform } from './loops/index.ts';

usePlatform(nodeHost);
installIo(HostedEventLoop.prototype);
