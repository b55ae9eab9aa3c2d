/** The worker as a server: a table of pages, each a context for a template or a form handler. */
import type { Replica, Writing } from "../replica/reading";

/** Everything a page may use; it reads no clock and no global of the worker. */
export interface Request_ {
  url: URL;
  /** The parts of the path that the route names. */
  names: Record<string, string>;
  /** The form that was posted; empty for a GET. */
  form: FormData;
  replica: Replica;
  writing: Writing;
  /** The device's civil date in the bank's timezone, and the moment. */
  today: string;
  now: Date;
  newId(): string;
  isFragment: boolean;
}

/** A page to render, a redirect after a form was taken, or a picture kept on the device. */
export type Answer =
  | { template: string; context: Record<string, unknown>; status?: number }
  | { redirect: string }
  | { bytes: ArrayBuffer; type: string };

export interface Route {
  method: "GET" | "POST";
  /** `/field/customers/:id` */
  path: string;
  answer(request: Request_): Promise<Answer>;
}
