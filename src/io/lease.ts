// A connection whose reader and writer are both gone, without its having been closed, can be closed by nobody any more:
// then it is closed here, and that is told. The reader and the writer share a lease; nothing else holds it, so that it is
// collected with the last of the two. A read or drain under way holds the one that it belongs to.
import { logger, type WriteTransport } from '../core/index.ts';

/** What a lease is for; it must not lead back to the reader or the writer. */
interface Leased {
  transport: WriteTransport;
}

/** Held by a reader and a writer. */
export interface Lease {
  /** @internal */ readonly leased: Leased;
}

const collected = new FinalizationRegistry<Leased>(({ transport }) => {
  if (transport.isClosing()) return;
  logger.warning(
    `ResourceWarning: unclosed ${String(transport)}: its reader and its writer are gone, so it is closed now; call close() on the writer`,
  );
  transport.close();
});

/** A lease of a connection. */
export function leaseOf(transport: WriteTransport): Lease {
  const leased: Leased = { transport };
  const lease: Lease = { leased };
  collected.register(lease, leased, leased);
  return lease;
}

/** The connection goes on over another transport, or belongs to somebody else from now on (null). */
export function transferLease(lease: Lease, transport: WriteTransport | null): void {
  if (transport === null) collected.unregister(lease.leased);
  else lease.leased.transport = transport;
}
