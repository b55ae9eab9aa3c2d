/** One synchronisation: who it is for and what it goes through. */
import type { Session } from "../session";
import type { ChunkSize } from "./chunks";
import type { Transport, World } from "./transport";

export interface Line {
  session: Session;
  transport: Transport;
  world: World;
  up: ChunkSize;
  down: ChunkSize;
  /** Something left the queue. */
  moved(): void;
  /** Rows of one chunk are stored. */
  pulled(rows: number): void;
  /** Into the sync log of the settings page. */
  log(what: string, detail?: string): void;
  /** Take a new device id from the server; `all`: also what was answered is sent again. */
  enrolAnew(all: boolean): Promise<void>;
}
