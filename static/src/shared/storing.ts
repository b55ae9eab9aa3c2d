/** Transactions that are kept whole or not at all, and what a full device says. */

/** The device has no room: nothing of what was to be stored is stored. */
export class StorageFull extends Error {}

interface Writing {
  done: Promise<void>;
  abort(): void;
}

/** All of the work or none of it. Throws StorageFull where the browser has no room. */
export async function committed(writing: Writing, work: (() => Promise<unknown>)[]): Promise<void> {
  const steps: Promise<unknown>[] = [];
  try {
    for (const step of work) steps.push(step());
    await Promise.all([...steps, writing.done]);
  } catch (failure) {
    abort(writing);
    // Each of them fails with the first: none may stay unheard.
    await Promise.allSettled([...steps, writing.done]);
    throw isStorageFull(failure) ? new StorageFull() : failure;
  }
}

function abort(writing: Writing): void {
  try {
    writing.abort();
  } catch {
    return; // it has failed already
  }
}

/** Whether a write failed for want of room, be it one of `committed` or a single one. */
export function isStorageFull(failure: unknown): boolean {
  return failure instanceof StorageFull || (failure instanceof DOMException && failure.name === "QuotaExceededError");
}
