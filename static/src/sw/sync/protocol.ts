/** What travels under /sync/v1/. */
import type { Value } from "../../outbox/entries";
import type { FeedRow } from "../../replica/store";
import type { Tally } from "../../replica/tally";

export const ROOT = "/sync/v1";

export interface Hello {
  server_ms: number;
  csrf: string;
  user: { id: string; name: string; role: string; branch_id: string; branch_name: string; language: string };
  device: { id: string; state: "active" | "revoked" | "lost"; lease_until: string } | null;
  epoch: string;
  hi: number;
  limits: { push_bytes: number; push_mutations: number; blob_bytes: number };
  app: string;
  schema: number;
  seal_key: string;
  /** The bank's timezone (IANA). */
  zone?: string;
}

export interface Enrolled {
  device: string;
  receipt_key: string;
  lease_until: string;
}

export interface PushResult {
  mutation: string;
  outcome: "applied" | "merged" | "conflict" | "held" | "rejected";
  number?: number;
  news?: Record<string, Value>;
  conflicts?: string[];
  reason?: string;
}

export interface PushAnswer {
  results?: PushResult[];
  stamp?: string;
  last?: number;
  /** Taken unread from a revoked device. */
  quarantined?: string[];
}

export interface PullAnswer {
  rows: FeedRow[];
  cursor: string;
  more: boolean;
  start: "resume" | "restart" | "compare";
  hi: number;
  tally?: Tally;
}

export interface Digest {
  groups: Record<string, [count: number, total: number]>;
}

export interface DigestRows {
  rows: FeedRow[];
  ids: string[];
}
