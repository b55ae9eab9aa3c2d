/** The server's side of the protocol, as far as a device can see it, in memory. */
import { gunzipSync } from "node:zlib";
import type { Kind } from "../../../static/src/replica/documents";
import type { FeedRow } from "../../../static/src/replica/store";
import { NOTHING, byGroup, groupOf, plus, rowHash } from "../../../static/src/replica/tally";
import type { PushResult } from "../../../static/src/sw/sync/protocol";

export interface Pushed {
  id: string;
  device: string;
  n: number;
  entity: string;
  entity_id: string;
  op: string;
  base_number: number;
  set: Record<string, unknown>;
  was: Record<string, unknown>;
  stamp: string;
  [unknown: string]: unknown;
}

const OFFICER = { id: "01890000-0000-7000-8000-00000000000f", name: "王芳", role: "officer", branch_id: "b", branch_name: "东风", language: "zh" };

export class FakeServer {
  user = OFFICER;
  epoch = "first";
  nowMs = Date.UTC(2026, 2, 2, 1);
  hi = 0;
  /** Everything taken, in order. */
  taken: Pushed[] = [];
  last = new Map<string, number>();
  results = new Map<string, PushResult>();
  rows = new Map<string, FeedRow>();
  sealed: { device: string; items: { n: number; sealed: string }[] }[] = [];
  asked: string[] = [];
  state: "active" | "revoked" | "lost" = "active";
  rowsAChunk = 1000;
  sealKey = "";
  /** What becomes of a mutation; the usual one applies it. */
  judge: (mutation: Pushed) => Omit<PushResult, "mutation" | "number"> = () => ({ outcome: "applied" });
  /** May answer in the server's place, or throw like a cut line. `true` after the server did it. */
  meddle: (url: URL, init: RequestInit, isDone: boolean) => Response | undefined = () => undefined;
  leaseDays = 14;
  zone = "Asia/Shanghai";
  /** The id of a sealed mutation. */
  opener: (sealed: string) => string = () => "";
  private devices = new Set<string>();
  private blobs = new Map<string, { length: number; parts: Uint8Array[] }>();

  async answer(path: string, init: RequestInit): Promise<Response> {
    const url = new URL(path, "https://bank.test");
    this.asked.push(`${init.method ?? "GET"} ${url.pathname}`);
    const before = this.meddle(url, init, false);
    if (before) return before;
    const answer = await this.act(url, init);
    return this.meddle(url, init, true) ?? answer;
  }

  document(kind: Kind, id: string, document: object | null): number {
    this.hi += 1;
    this.rows.set(id, [kind, id, this.hi, document]);
    return this.hi;
  }

  forgetDevices(): void {
    this.devices.clear();
  }

  arrived(): number {
    return [...this.blobs.values()].filter(({ length, parts }) => sizeOf(parts) === length).length;
  }

  private async act(url: URL, init: RequestInit): Promise<Response> {
    const name = url.pathname.replace("/sync/v1/", "");
    if (name === "hello") return json(this.hello(url));
    if (name === "devices") return json(this.enrol(), 201);
    if (name === "push") return this.push(init);
    if (name === "pull") return this.pull(url);
    if (name === "digest") return json(await this.digest(url));
    if (name === "sealed") return json(this.takeSealed(init));
    return this.blob(name, init);
  }

  private hello(url: URL): object {
    const id = url.searchParams.get("device") ?? "";
    const device = this.devices.has(id) ? { id, state: this.state, lease_until: this.lease() } : null;
    const limits = { push_bytes: 8_388_608, push_mutations: 1000, blob_bytes: 100_000 };
    return { server_ms: this.nowMs, csrf: "token", user: this.user, device, epoch: this.epoch, hi: this.hi, limits, app: "", schema: 1, seal_key: this.sealKey, zone: this.zone };
  }

  private enrol(): object {
    const device = `01890000-0000-7000-8000-0000000000d${this.devices.size}`;
    const id = this.devices.has(device) ? `${device.slice(0, -2)}e${this.devices.size}` : device;
    this.devices.add(id);
    return { device: id, receipt_key: btoa("k".repeat(32)), lease_until: this.lease() };
  }

  private lease(): string {
    return new Date(this.nowMs + this.leaseDays * 86_400_000).toISOString();
  }

  private async push(init: RequestInit): Promise<Response> {
    const body = gunzipSync(Buffer.from(init.body as unknown as Uint8Array)).toString();
    const { device, mutations } = JSON.parse(body) as { device: string; mutations: Pushed[] };
    if (!this.devices.has(device)) return json({ error: "clone" }, 409);
    if (this.state === "lost") return json({ error: "revoked", order: "wipe" }, 403);
    if (this.state === "revoked") {
      this.taken.push(...mutations);
      return json({ quarantined: mutations.map(({ id }) => id) });
    }
    let last = this.last.get(device) ?? 0;
    for (const { n, id } of mutations) {
      if (n > last + 1) return json({ error: "gap", expected: last + 1 }, 409);
      if (n <= last && !this.results.has(id)) return json({ error: "clone" }, 409);
      last = Math.max(last, n);
    }
    for (const mutation of mutations) this.take(mutation);
    this.last.set(device, last);
    const results = mutations.map(({ id }) => this.results.get(id));
    return json({ results, stamp: `${this.nowMs.toString(16).padStart(12, "0")}-0000-desk`, last });
  }

  private take(mutation: Pushed): void {
    if (this.results.has(mutation.id)) return;
    this.taken.push(mutation);
    const judged = this.judge(mutation);
    const result: PushResult = { mutation: mutation.id, ...judged };
    const stands = judged.outcome !== "held" && judged.outcome !== "rejected";
    if (stands && mutation.entity !== "reversal") {
      const before = this.rows.get(mutation.entity_id)?.[3] ?? {};
      const document = { id: mutation.entity_id, ...before, ...mutation.set, ...judged.news };
      result.number = this.document(mutation.entity as Kind, mutation.entity_id, document);
    }
    this.results.set(mutation.id, result);
  }

  private async pull(url: URL): Promise<Response> {
    if (this.state !== "active") return json({ error: "revoked" }, 403);
    const [epoch, after] = (url.searchParams.get("cursor") ?? `${this.epoch}:0`).split(":");
    const isRestart = epoch !== this.epoch;
    const from = isRestart ? 0 : Number(after);
    const all = [...this.rows.values()].filter(([, , number]) => number > from).sort((one, other) => one[2] - other[2]);
    const rows = all.slice(0, this.rowsAChunk);
    const more = rows.length < all.length;
    const cursor = `${this.epoch}:${rows.at(-1)?.[2] ?? from}`;
    const start = isRestart ? "restart" : "resume";
    return json({ rows, cursor, more, start, hi: this.hi, ...(more ? {} : { tally: await this.tally() }) });
  }

  private async tally(): Promise<object> {
    let tally = NOTHING;
    for (const { id, hash } of await this.hashes()) tally = plus(tally, id ? hash : 0);
    return tally;
  }

  private async hashes(): Promise<{ id: string; hash: number }[]> {
    const live = [...this.rows.values()].filter(([, , , document]) => document !== null);
    return Promise.all(live.map(async ([, id, number]) => ({ id, hash: await rowHash(id, number) })));
  }

  private async digest(url: URL): Promise<object> {
    const groups = url.searchParams.get("groups");
    if (groups === null) {
      const found = byGroup(await this.hashes());
      return { groups: Object.fromEntries([...found].map(([group, { count, total }]) => [group, [count, total]])) };
    }
    const asked = new Set(groups.split(",").map(Number));
    const rows = [...this.rows.values()].filter(([, id, , document]) => document && asked.has(groupOf(id)));
    return { rows, ids: rows.map(([, id]) => id) };
  }

  private takeSealed(init: RequestInit): object {
    const body = gunzipSync(Buffer.from(init.body as unknown as Uint8Array)).toString();
    const parcel = JSON.parse(body) as FakeServer["sealed"][number];
    this.sealed.push(parcel);
    const results = parcel.items.map(({ sealed }) => ({ mutation: this.opener(sealed), outcome: "applied" }));
    return { results };
  }

  private blob(name: string, init: RequestInit): Response {
    const headers = new Headers(init.headers);
    if (init.method === "POST") {
      const id = `blobs/${this.blobs.size + 1}`;
      this.blobs.set(id, { length: Number(headers.get("Upload-Length")), parts: [] });
      return new Response(null, { status: 201, headers: { Location: `/sync/v1/${id}` } });
    }
    const blob = this.blobs.get(name);
    if (!blob) return new Response(null, { status: 404 });
    if (init.method === "PATCH") {
      if (Number(headers.get("Upload-Offset")) !== sizeOf(blob.parts)) return new Response(null, { status: 409 });
      blob.parts.push(new Uint8Array(init.body as ArrayBuffer));
    }
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(sizeOf(blob.parts)) } });
  }
}

function sizeOf(parts: Uint8Array[]): number {
  return parts.reduce((size, part) => size + part.length, 0);
}

export function json(body: object, status = 200): Response {
  return new Response(JSON.stringify(body), { status });
}
