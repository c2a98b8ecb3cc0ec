// The file of a Unix server: whether it is still this server's, and how to save it from being removed with the server.
import { linkSync, renameSync, statSync } from 'node:fs';

/** @internal */
export class SocketFile {
  readonly #path: string;
  readonly #inode: number | null;

  /** To be made when the server has just bound it. */
  constructor(path: string) {
    this.#path = path;
    this.#inode = inodeOf(path);
  }

  /** Whether nobody has put another one in its place. */
  isOurs(): boolean {
    return inodeOf(this.#path) === this.#inode;
  }

  /** Keeps what stands at the path now under another name; the answer puts it back. */
  putAside(): (() => void) | null {
    const aside = `${this.#path}.${process.pid}`;
    try {
      linkSync(this.#path, aside);
    } catch {
      // Nothing is there, or the folder takes no links: it goes as it always went.
      return null;
    }
    return () => renameSync(aside, this.#path);
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
