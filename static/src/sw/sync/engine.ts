/**
 * When to synchronise, and in which order: greet, send, upload, fetch, compare.
 *
 * Anything may ask for it: a start, the network's return, a page that shows again, a timer, the
 * button, the browser's Background Sync. One runs at a time, whatever the number of tabs.
 */
import type { SyncState } from "../../outbox/entries";
import type { Session } from "../session";
import { isStorageFull } from "../../shared/storing";
import { ChunkSize } from "./chunks";
import type { Line } from "./line";
import { pauseAfter } from "./pausing";
import { type Hello, ROOT } from "./protocol";
import { pull } from "./pulling";
import { push } from "./pushing";
import { Transport, type World } from "./transport";
import { Refusal, Trouble } from "./trouble";
import { uploadPhotos } from "./uploading";

export interface Around {
  world: World;
  app: string;
  isOnline(): boolean;
  /** Run alone among all tabs and workers; undefined when another runs already. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
  /** The server was heard: lease, keys, language. */
  greeted(session: Session, hello: Hello): Promise<void>;
  enrolAnew(session: Session, transport: Transport): Promise<string>;
  /** The server wants the replica gone; what waits has been offered to it. */
  wipe(session: Session, why: "revoked" | "lost"): Promise<void>;
  /** Documents fetched so far. */
  pulled(documents: number): void;
  changed(news: { state: SyncState; documents: boolean }): void;
  log(session: Session, what: string, detail: string): Promise<void>;
}

export type Why = "start" | "online" | "visible" | "timer" | "button" | "wrote" | "background";
/** A button and the network's return do not wait for a pause to end. */
const IMPATIENT: ReadonlySet<Why> = new Set<Why>(["button", "online"]);
/** Every page that opens asks; so soon after a synchronisation there is nothing to gain. */
const FRESH_MS = 15_000;

export class Engine {
  private readonly up = new ChunkSize();
  private readonly down = new ChunkSize();
  private running: Promise<string> | null = null;
  /** Who asked while one was under way. */
  private again: Why | null = null;
  private failures = 0;
  private notBefore = 0;
  private doneAt = 0;
  private trouble = "";

  constructor(private readonly around: Around) {}

  /**
   * Synchronise unless it is too early after a failure; gives the trouble's code, or empty.
   *
   * Who asks while one is under way gets the end of another one after it: that one may have begun
   * before the latest entry was made.
   */
  async sync(session: Session, why: Why): Promise<string> {
    if (await this.isEarly(session, why)) return this.trouble;
    if (this.running) {
      if (!this.again || IMPATIENT.has(why)) this.again = why;
      return this.running;
    }
    this.running = this.runs(session);
    return this.running;
  }

  private async runs(session: Session): Promise<string> {
    try {
      do {
        this.again = null;
        await this.tell(session, false);
        await this.around.alone(`taizhang-sync-${session.account.userId}`, () => this.run(session));
      } while (this.goesOn());
    } finally {
      this.running = null;
    }
    await this.tell(session, false);
    return this.trouble;
  }

  /** After a failure only for who does not wait: the network may have returned in its middle. */
  private goesOn(): boolean {
    return this.again !== null && (!this.trouble || IMPATIENT.has(this.again));
  }

  async state(session: Session): Promise<SyncState> {
    const { waiting, photos, oldest } = await session.outbox.count();
    const { pulledAt } = await session.store.position();
    return {
      online: this.around.isOnline() && !["network", "timeout"].includes(this.trouble),
      waiting,
      photos,
      oldest,
      pulledAt,
      busy: this.running !== null,
      trouble: this.trouble,
      needsSignIn: this.needsSignIn,
    };
  }

  /** When the next try makes sense (ms); 0 when nothing failed. */
  get pausedUntil(): number {
    return this.trouble ? this.notBefore : 0;
  }

  private async isEarly(session: Session, why: Why): Promise<boolean> {
    // A page that opens may be the way back from signing in.
    if (IMPATIENT.has(why) || (why === "start" && this.needsSignIn)) return false;
    const now = this.around.world.now();
    if (now < this.notBefore) return true;
    if (why !== "start" || now >= this.doneAt + FRESH_MS) return false;
    const { waiting, photos } = await session.outbox.count();
    return waiting + photos === 0;
  }

  private get needsSignIn(): boolean {
    return this.trouble === "sign_in" || this.trouble === "other_user";
  }

  private async run(session: Session): Promise<void> {
    try {
      await this.go(session);
      this.doneAt = this.around.world.now();
      this.trouble = "";
      this.failures = 0;
      this.notBefore = 0;
    } catch (failure) {
      await this.failed(session, failure);
    }
  }

  private async go(session: Session): Promise<void> {
    const line = this.lineOf(session);
    const hello = await this.greet(line);
    if (hello.device?.state === "lost") throw new Trouble("lost");
    const isQuarantined = await push(line, hello);
    if (isQuarantined || hello.device?.state === "revoked") {
      await this.lastPhotos(line, hello);
      throw new Trouble("revoked");
    }
    await uploadPhotos(line, hello);
    const documents = await pull(line, hello);
    await session.outbox.tidy();
    await this.around.log(session, "done", "");
    await this.tell(session, documents);
  }

  /** Of a revoked device, before it is wiped: only a link that breaks gives them another try. */
  private async lastPhotos(line: Line, hello: Hello): Promise<void> {
    try {
      await uploadPhotos(line, hello);
    } catch (failure) {
      if (failure instanceof Trouble && ["network", "timeout"].includes(failure.code)) throw failure;
    }
  }

  private async greet(line: Line): Promise<Hello> {
    const { session, transport } = line;
    const { waiting, oldest } = await session.outbox.count();
    const query = new URLSearchParams({
      device: session.account.deviceId,
      waiting: String(waiting),
      app: this.around.app,
    });
    if (oldest) query.set("oldest", oldest);
    const hello = await transport.json<Hello>(`${ROOT}/hello?${query}`);
    transport.csrf = hello.csrf;
    if (hello.user.id !== session.account.userId) throw new Trouble("other_user");
    await this.resumed(line, hello);
    await this.around.greeted(session, hello);
    return hello;
  }

  /** A server restored from a backup lost what came after: everything kept is sent again. */
  private async resumed(line: Line, hello: Hello): Promise<void> {
    const { outbox } = line.session;
    const isNew = await outbox.isNewEpoch(hello.epoch);
    if (!hello.device) await line.enrolAnew(true);
    else if (isNew) await outbox.sendAgain();
    if (isNew) line.log("epoch");
    await outbox.setEpoch(hello.epoch);
  }

  private lineOf(session: Session): Line {
    const { world } = this.around;
    const transport = new Transport(world);
    let documents = 0;
    return {
      session,
      transport,
      world,
      up: this.up,
      down: this.down,
      moved: () => void this.tell(session, false),
      pulled: (rows) => this.around.pulled((documents += rows)),
      log: (what, detail = "") => void this.around.log(session, what, detail),
      enrolAnew: async (all) => {
        const device = await this.around.enrolAnew(session, transport);
        await session.outbox.renumber(device, all);
        void this.around.log(session, "device", device);
      },
    };
  }

  private async failed(session: Session, failure: unknown): Promise<void> {
    const { world } = this.around;
    const trouble = failure instanceof Trouble ? failure : new Trouble(codeOf(failure));
    this.trouble = trouble.code;
    this.failures += 1;
    this.notBefore = world.now() + pauseAfter(this.failures, trouble.pauseMs, () => world.random());
    await this.around.log(session, "failed", trouble.code);
    if (trouble.code === "revoked" || trouble.code === "lost") await this.around.wipe(session, trouble.code);
  }

  private async tell(session: Session, documents: boolean): Promise<void> {
    try {
      this.around.changed({ state: await this.state(session), documents });
    } catch {
      // The session was closed meanwhile: there is nobody to tell.
    }
  }
}

function codeOf(failure: unknown): string {
  if (failure instanceof Refusal) return failure.code || "server";
  if (isStorageFull(failure)) return "storage";
  return "failed";
}
