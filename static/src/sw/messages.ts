/** What pages ask the worker by message. A PIN travels this way alone: it is in no request. */
import type { SyncState } from "../outbox/entries";
import { isStorageFull } from "../shared/storing";
import type { DeviceKeeper, Unlocked, Wish } from "./device";
import type { Account } from "./accounts";
import type { KeptKey } from "./session";
import type { Why } from "./sync/engine";
import { Refusal, Trouble } from "./sync/trouble";

export type Ask =
  | { ask: "unlock"; userId: string; secret: string }
  | { ask: "enrol"; wish: Wish }
  | { ask: "change_secret"; secrets: { old: string; new: string; kind: Account["secretKind"] } }
  | { ask: "key" }
  | { ask: "touched"; at: number }
  | { ask: "lock" }
  | { ask: "sync"; why: Why }
  | { ask: "undoable" }
  | { ask: "listening" }
  | { ask: "state" };

/** What a page hears on the port it sent; `key` carries what it keeps for a restarted worker. */
export type Reply =
  | Unlocked
  | { ok: false; why: string }
  | { key: KeptKey | null }
  | { trouble: string }
  | { undoableUntil: number | null }
  | { state: SyncState | null }
  /** What the page asks the server's events with; empty while nobody is unlocked. */
  | { device: string; hi: number }
  | { done: true };

export async function reply(keeper: DeviceKeeper, asked: Ask): Promise<Reply> {
  switch (asked.ask) {
    case "unlock":
      return keeper.unlock(asked.userId, asked.secret);
    case "enrol":
      return enrolled(keeper, asked.wish);
    case "change_secret":
      return keeper.changeSecret(asked.secrets);
    case "key":
      return { key: (await keeper.background()) ? keeper.kept() : null };
    case "touched":
      keeper.touch(asked.at);
      return { done: true };
    case "lock":
      await keeper.lock("asked");
      return { done: true };
    case "sync":
      return { trouble: await keeper.sync(asked.why) };
    case "undoable":
      return { undoableUntil: (await (await keeper.background())?.outbox.count())?.undoableUntil ?? null };
    case "listening": {
      const session = await keeper.background();
      const { hi } = (await session?.store.position()) ?? { hi: 0 };
      return { device: session?.account.deviceId ?? "", hi };
    }
    case "state": {
      const session = await keeper.background();
      return { state: session ? await keeper.engine.state(session) : null };
    }
  }
}

/** A set-up that failed says why; nothing was changed by it. */
async function enrolled(keeper: DeviceKeeper, wish: Wish): Promise<Reply> {
  try {
    return await keeper.enrol(wish);
  } catch (failure) {
    if (failure instanceof Trouble || failure instanceof Refusal) return { ok: false, why: failure.code };
    if (isStorageFull(failure)) return { ok: false, why: "storage" };
    throw failure;
  }
}
