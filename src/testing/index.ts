// `asyncio-ts/testing`: tools for testing programs.
import '../platform.ts';
export { VirtualTimeEventLoop } from '../loops/index.ts';
