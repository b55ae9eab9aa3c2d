/** Drafts of forms in this browser's storage: what was typed, when, and whether it was sent. */

const PREFIX = "draft:";
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

export type Draft = {
  readonly at: number;
  readonly sent: boolean;
  readonly fields: readonly (readonly [name: string, value: string])[];
};

export function writeDraft(name: string, draft: Draft): void {
  withStore((store) => store.setItem(PREFIX + name, JSON.stringify(draft)));
}

/** The draft of that name, or null when there is none that is young enough. */
export function readDraft(name: string, now: number): Draft | null {
  return withStore((store) => {
    const text = store.getItem(PREFIX + name);
    const draft = text ? (JSON.parse(text) as Draft) : null;
    if (draft && now - draft.at < LIFETIME_MS) return draft;
    store.removeItem(PREFIX + name);
    return null;
  });
}

export function forgetDraft(name: string): void {
  withStore((store) => store.removeItem(PREFIX + name));
}

export function draftNames(): string[] {
  return (
    withStore((store) =>
      Object.keys(store)
        .filter((key) => key.startsWith(PREFIX))
        .map((key) => key.slice(PREFIX.length)),
    ) ?? []
  );
}

// Storage may be switched off, full or spoilt; a draft is a convenience, never a reason to fail.
function withStore<T>(act: (store: Storage) => T): T | null {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}
