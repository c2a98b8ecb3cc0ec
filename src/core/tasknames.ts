// The numbers in the names of tasks that were given none.
let last = 0;

/** 1, 2, 3 …: `Task-1`, `Task-2`, `Task-3`. */
export function nextTaskNumber(): number {
  return ++last;
}
