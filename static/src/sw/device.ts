/**
 * The device as the worker knows it: who may use it, who has unlocked it, and what ends that.
 *
 * The key is in the memory of this worker and of the open pages alone. A worker that the browser
 * stopped asks a page for it; a browser that was closed asks the person.
 */
import { openOutboxDatabase, nameOf as outboxName } from "../outbox/database";
import { unsent } from "../outbox/exporting";
import { Outbox } from "../outbox/outbox";
import { openReplicaDatabase, nameOf as replicaName } from "../replica/database";
import { DeviceReplica } from "../replica/replica";
import type { Device } from "../replica/reading";
import { Store } from "../replica/store";
import { type Bytes, fromBase64 } from "../shared/bytes";
import { newId } from "../shared/ids";
import { openBytes, sealBytes } from "../shared/sealing";
import { setBankZone } from "../shared/zone";
import { deleteDB } from "idb";
import { type Account, type AccountsDatabase, changeAccount } from "./accounts";
import { changeSecret, makeKey, refusalOf, tryOpen } from "./keys";
import { isLapsed, noteContact, notePassing } from "./lease";
import type { KeptKey, Session } from "./session";
import { Engine, type Why } from "./sync/engine";
import { type Enrolled, type Hello, ROOT } from "./sync/protocol";
import { Transport, type World } from "./sync/transport";
import { Refusal, Trouble } from "./sync/trouble";
import { logged } from "./log";

export const LOCK_MINUTES = 5;
const RECEIPT_PLACE = "receipt key";

export interface Surroundings {
  world: World;
  app: string;
  /** Rounds of PBKDF2; fewer in tests alone. */
  rounds?: number;
  isOnline(): boolean;
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
  /** The key from a page, where one has it. */
  askPages(): Promise<KeptKey | null>;
  tellPages(told: Told): void;
  /** A synchronisation is over, and the line is free. */
  rested?(): void;
}

/** What pages are told without having asked. */
export type Told =
  | { tell: "state"; state: import("../outbox/entries").SyncState }
  | { tell: "documents" }
  /** Documents of this synchronisation so far: a first one takes a while. */
  | { tell: "pulled"; documents: number }
  | { tell: "key"; kept: KeptKey }
  | { tell: "locked"; why: string };

export interface Wish {
  secret: string;
  kind: Account["secretKind"];
  language: string;
  deviceName: string;
  platform: string;
}

export type Unlocked =
  | { ok: true; kept: KeptKey }
  | { ok: false; why: "wrong"; left: number }
  | { ok: false; why: "wiped" | "lease" | "unknown" | "short" | "simple" };

export class DeviceKeeper {
  readonly engine: Engine;
  private session: Session | null = null;
  private receipt: { sealed: Bytes; opened: Promise<ArrayBuffer> } | null = null;
  private touched = 0;

  constructor(
    private readonly accounts: AccountsDatabase,
    private readonly around: Surroundings,
  ) {
    this.engine = new Engine({
      ...around,
      greeted: (session, hello) => this.greeted(session, hello),
      enrolAnew: (session, transport) => this.enrolAnew(session, transport),
      wipe: (session, why) => this.wipe(session.account.userId, why),
      changed: ({ state, documents }) => {
        around.tellPages({ tell: "state", state });
        if (documents) around.tellPages({ tell: "documents" });
        if (state.pulledAt && !state.busy && !state.trouble) around.rested?.();
      },
      pulled: (documents) => around.tellPages({ tell: "pulled", documents }),
      log: (session, what, detail) => logged(session.outbox, { at: this.now, what, detail }),
    });
  }

  people(): Promise<Account[]> {
    return this.accounts.getAll("accounts");
  }

  /** The unlocked session; null when a person must unlock first. */
  async open(): Promise<Session | null> {
    if (!this.session) await this.recall();
    const { session } = this;
    if (!session) return null;
    if (this.now - this.touched > session.account.lockMinutes * 60_000 || isLapsed(session.account, this.now)) {
      await this.lock("idle");
      return null;
    }
    return session;
  }

  /** Like `open`, for work that nobody looks at: it neither needs nor ends the person's presence. */
  async background(): Promise<Session | null> {
    if (!this.session) await this.recall();
    return this.session;
  }

  touch(at = this.now): void {
    this.touched = Math.max(this.touched, at);
  }

  async unlock(userId: string, secret: string): Promise<Unlocked> {
    const opened = await tryOpen(this.accounts, userId, secret);
    if ("wrong" in opened) return { ok: false, why: "wrong", left: opened.left };
    if ("wiped" in opened) {
      await this.wipe(userId, "wrong_tries");
      return { ok: false, why: "wiped" };
    }
    const account = await this.passed(userId);
    if (!account) return { ok: false, why: "unknown" };
    await this.begin(account, opened.key);
    if (isLapsed(account, this.now) && !(await this.renewed())) {
      await this.lock("lease");
      return { ok: false, why: "lease" };
    }
    return { ok: true, kept: this.kept() as KeptKey };
  }

  async changeSecret(secrets: { old: string; new: string; kind: Account["secretKind"] }): Promise<Unlocked> {
    const refusal = refusalOf(secrets.new, secrets.kind);
    if (refusal) return { ok: false, why: refusal };
    const session = await this.open();
    if (!session) return { ok: false, why: "unknown" };
    const { userId } = session.account;
    const opened = await changeSecret(this.accounts, userId, secrets);
    if ("wrong" in opened) return { ok: false, why: "wrong", left: opened.left };
    if ("key" in opened) return { ok: true, kept: this.kept() as KeptKey };
    await this.wipe(userId, "wrong_tries");
    return { ok: false, why: "wiped" };
  }

  /**
   * Set this browser up for the person who is signed in: a device id, a new key, an empty replica.
   * Work that waits from before stays, and is handed in. Throws Trouble; then nothing has changed.
   */
  async enrol(wish: Wish): Promise<Unlocked> {
    const refusal = refusalOf(wish.secret, wish.kind);
    if (refusal) return { ok: false, why: refusal };
    const transport = new Transport(this.around.world);
    const hello = await transport.json<Hello>(`${ROOT}/hello?app=${encodeURIComponent(this.around.app)}`);
    transport.csrf = hello.csrf;
    const enrolled = await this.newDevice(transport, wish.deviceName, wish.platform);
    const { key, wrapping } = await makeKey(wish.secret, wish.kind, this.around.rounds);
    const account: Account = {
      ...wrapping,
      userId: hello.user.id,
      userName: hello.user.name,
      language: wish.language,
      deviceId: enrolled.device,
      deviceName: wish.deviceName,
      keyId: newId(this.now),
      leaseUntil: enrolled.lease_until,
      seenMs: hello.server_ms,
      lockMinutes: LOCK_MINUTES,
      receiptKey: await sealBytes(key, fromBase64(enrolled.receipt_key), RECEIPT_PLACE),
      sealKey: hello.seal_key,
      ...(hello.zone ? { zone: hello.zone } : {}),
    };
    await this.lock("changed");
    await deleteDB(replicaName(account.userId));
    await this.accounts.put("accounts", account);
    await this.begin(account, key);
    return { ok: true, kept: this.kept() as KeptKey };
  }

  async sync(why: Why): Promise<string> {
    const session = await this.background();
    return session ? this.engine.sync(session, why) : "locked";
  }

  /** Forget the key, here and in every page. */
  async lock(why: string): Promise<void> {
    if (await this.forget()) this.around.tellPages({ tell: "locked", why });
  }

  /** Forget the key here; false where there was none. */
  private async forget(): Promise<boolean> {
    const { session } = this;
    this.session = this.receipt = null;
    this.touched = 0;
    if (session) await notePassing(this.accounts, session.account.userId, this.now);
    session?.close();
    return session !== null;
  }

  /** The replica and every way to open it are gone; unsent work stays, sealed to the server. */
  async wipe(userId: string, why: string): Promise<void> {
    await changeAccount(this.accounts, userId, () => ({ wrapped: null, wiped: why }));
    if (this.session?.account.userId === userId) await this.lock(why);
    await deleteDB(replicaName(userId));
  }

  /**
   * The person leaves this device for good. False while something is unsent. The pages are told
   * by `left`, when all that belongs to leaving is done: they go to the sign-in at once.
   */
  async leave(userId: string): Promise<boolean> {
    const outbox = await openOutboxDatabase(userId);
    const left = await unsent(outbox);
    outbox.close();
    if (left.entries.length || left.photos) return false;
    if (this.session?.account.userId === userId) await this.forget();
    await Promise.all([deleteDB(replicaName(userId)), deleteDB(outboxName(userId))]);
    await this.accounts.delete("accounts", userId);
    return true;
  }

  left(): void {
    this.around.tellPages({ tell: "locked", why: "left" });
  }

  kept(): KeptKey | null {
    if (!this.session) return null;
    const { account, key } = this.session;
    const { userId, keyId, lockMinutes } = account;
    return { userId, keyId, key, lockMinutes, touched: this.touched };
  }

  private get now(): number {
    return this.around.world.now();
  }

  private async noted(name: string, text: string): Promise<void> {
    const minutes = Math.trunc(Number(text)) || LOCK_MINUTES;
    if (name === "language" && text) await this.changeOwn({ language: text });
    if (name === "lock_minutes") await this.changeOwn({ lockMinutes: Math.min(60, Math.max(1, minutes)) });
  }

  private async changeOwn(change: Partial<Account>): Promise<void> {
    if (!this.session) return;
    const { userId } = this.session.account;
    Object.assign(this.session.account, (await changeAccount(this.accounts, userId, () => change)) ?? {});
  }

  private async passed(userId: string): Promise<Account | undefined> {
    await notePassing(this.accounts, userId, this.now);
    return this.accounts.get("accounts", userId);
  }

  private async begin(account: Account, key: CryptoKey): Promise<void> {
    if (this.session) await this.lock("changed");
    this.session = await this.sessionOf(account, key);
    this.touch();
    this.around.tellPages({ tell: "key", kept: this.kept() as KeptKey });
  }

  /** After the browser stopped this worker: the pages that are open know the key. */
  private async recall(): Promise<void> {
    const kept = await this.around.askPages();
    const account = kept && (await this.accounts.get("accounts", kept.userId));
    if (!kept || !account?.wrapped || account.keyId !== kept.keyId || this.session) return;
    this.session = await this.sessionOf(account, kept.key);
    this.touched = kept.touched;
  }

  private async renewed(): Promise<boolean> {
    const { session } = this;
    if (!session) return false;
    await this.engine.sync(session, "button");
    return this.session !== null && !isLapsed(this.session.account, this.now);
  }

  private async sessionOf(account: Account, key: CryptoKey): Promise<Session> {
    setBankZone(account.zone);
    const [documents, entries] = await Promise.all([
      openReplicaDatabase(account.userId),
      openOutboxDatabase(account.userId),
    ]);
    const { userId, userName, deviceId: device, keyId, sealKey } = account;
    const outbox = new Outbox(entries, { userId, device, keyId, key, sealKey, app: this.around.app }, () => this.now);
    const store = new Store(documents, key);
    const session: Session = {
      account,
      key,
      store,
      outbox,
      replica: new DeviceReplica(store, outbox, { userId, userName }, {
        device: () => this.described(session),
        state: () => this.engine.state(session),
        wrote: () => void this.wrote(session),
        noted: (name, text) => this.noted(name, text ?? ""),
      }),
      close: () => {
        documents.close();
        entries.close();
      },
    };
    return session;
  }

  private async wrote(session: Session): Promise<void> {
    const state = await this.engine.state(session);
    this.around.tellPages({ tell: "state", state });
  }

  private async described(session: Session): Promise<Device> {
    const { account } = session;
    const receiptKey = await this.receiptKeyOf(session);
    const { userId, userName, language, leaseUntil } = account;
    return { id: account.deviceId, userId, userName, language, receiptKey, leaseUntil };
  }

  /** Every page asks for it: it is opened once. */
  private receiptKeyOf({ account, key }: Session): Promise<ArrayBuffer> {
    const sealed = account.receiptKey;
    if (this.receipt?.sealed !== sealed) this.receipt = { sealed, opened: openBytes(key, sealed, RECEIPT_PLACE) };
    return this.receipt.opened;
  }

  private async greeted(session: Session, hello: Hello): Promise<void> {
    const leaseUntil = hello.device?.lease_until ?? session.account.leaseUntil;
    const contact = { serverMs: hello.server_ms, leaseUntil, sealKey: hello.seal_key };
    const { userId } = session.account;
    await noteContact(this.accounts, userId, contact);
    const change = { userName: hello.user.name, ...(hello.zone ? { zone: hello.zone } : {}) };
    Object.assign(session.account, (await changeAccount(this.accounts, userId, () => change)) ?? {});
    setBankZone(hello.zone);
  }

  private async enrolAnew(session: Session, transport: Transport): Promise<string> {
    const { account, key } = session;
    const enrolled = await this.newDevice(transport, account.deviceName, "");
    const receiptKey = await sealBytes(key, fromBase64(enrolled.receipt_key), RECEIPT_PLACE);
    const change = { deviceId: enrolled.device, receiptKey, leaseUntil: enrolled.lease_until };
    Object.assign(account, (await changeAccount(this.accounts, account.userId, () => change)) ?? {});
    return enrolled.device;
  }

  private async newDevice(transport: Transport, name: string, platform: string): Promise<Enrolled> {
    const enrolled = await transport
      .json<Enrolled>(`${ROOT}/devices`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name, platform, app: this.around.app }),
      })
      .catch((failure: unknown) => {
        if (failure instanceof Refusal && failure.said["reason"] === "too_many") throw new Trouble("too_many");
        throw failure;
      });
    if (!enrolled.device || !enrolled.receipt_key) throw new Trouble("malformed");
    return enrolled;
  }
}
