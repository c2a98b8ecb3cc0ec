// Imported by every entry for its effect: Node is the platform of this thread.
import { nodeHost, usePlatform } from './loops/index.ts';

usePlatform(nodeHost);
