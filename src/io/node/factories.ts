// What makes protocols: looked at before it is called, and what it makes, afterwards.
import { type BaseProtocol, describe } from '../../core/index.ts';

/** @internal */
export function checkFactory(factory: unknown, where: string): void {
  if (typeof factory !== 'function') {
    throw new TypeError(
      `${where} expects a function that makes a protocol first, not ${describe(factory)}`,
    );
  }
  if (/^class\b/.test(Function.prototype.toString.call(factory))) {
    throw new TypeError(
      `${where} expects a function that makes a protocol first, not the class ${factory.name}; write () => new ${factory.name}()`,
    );
  }
}

/** @internal The protocol of a factory. @throws TypeError for what is none */
export function madeBy<P extends object>(factory: () => P): P {
  const protocol: unknown = factory();
  if (isProtocol(protocol)) return protocol as P;
  throw new TypeError(`The factory has to return a protocol, not ${describe(protocol)}`);
}

/** @internal @throws TypeError for what is no protocol */
export function checkProtocol(value: unknown): void {
  if (isProtocol(value)) return;
  throw new TypeError(`setProtocol() expects a protocol, not ${describe(value)}`);
}

function isProtocol(value: unknown): boolean {
  return typeof (value as Partial<BaseProtocol> | null | undefined)?.connectionMade === 'function';
}
