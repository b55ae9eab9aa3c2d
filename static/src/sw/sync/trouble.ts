/** Why a synchronisation did not go through; `code` is what the person is told by. */

/**
 * network, timeout, busy (the server asks for a pause), server (it failed), sign_in, other_user,
 * revoked, lost, old_app, malformed, locked, storage, too_many (devices of this person).
 */
export class Trouble extends Error {
  constructor(
    readonly code: string,
    /** Milliseconds to wait at least, where the server said so. */
    readonly pauseMs = 0,
  ) {
    super(code);
  }

  /** Whether the same request may go through a moment later. */
  get isPassing(): boolean {
    return ["network", "timeout", "busy", "server"].includes(this.code);
  }
}

/** The server refused this request, with what it said. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly said: Record<string, unknown>,
  ) {
    super(String(said["error"] ?? status));
  }

  get code(): string {
    return this.message;
  }
}
