// The unfinished tasks of a loop. A linked list through the tasks themselves: adding and removing costs no memory.

/** A member of a TaskList; the links are the list's own. */
export interface Linked {
  /** @internal */ _previous: Linked | null;
  /** @internal */ _next: Linked | null;
}

export class TaskList {
  #first: Linked | null = null;
  #last: Linked | null = null;

  add(member: Linked): void {
    member._previous = this.#last;
    if (this.#last === null) this.#first = member;
    else this.#last._next = member;
    this.#last = member;
  }

  /** Takes out a member of this list. */
  remove(member: Linked): void {
    if (member._previous === null) this.#first = member._next;
    else member._previous._next = member._next;
    if (member._next === null) this.#last = member._previous;
    else member._next._previous = member._previous;
    member._previous = null;
    member._next = null;
  }

  /** From the oldest to the newest. Members must not be removed meanwhile. */
  *[Symbol.iterator](): IterableIterator<Linked> {
    for (let member = this.#first; member !== null; member = member._next) yield member;
  }
}
