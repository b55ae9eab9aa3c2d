/** Fetching what changed, and finding out when two sides differ although they should not. */
import type { Kind } from "../../replica/documents";
import type { FeedRow } from "../../replica/store";
import { type Tally, byGroup, differing, isSame } from "../../replica/tally";
import { settledBy } from "./decisions";
import type { Line } from "./line";
import { type Digest, type DigestRows, type Hello, type PullAnswer, ROOT } from "./protocol";
import { Refusal, Trouble } from "./trouble";

/** Groups asked for at once. */
const GROUPS_AT_ONCE = 16;

/** Pull to the end of the feed. True when a document changed. */
export async function pull(line: Line, hello: Hello): Promise<boolean> {
  let hasChanged = false;
  let isAnew = false;
  let isCompared = false;
  for (;;) {
    const before = await line.session.store.position();
    const answer = await chunk(line, before.cursor);
    isAnew ||= answer.start === "restart";
    isCompared ||= answer.start === "compare";
    const { cursor, hi, rows } = answer;
    hasChanged = (await line.session.store.write({ rows, isAnew, position: { cursor, hi, epoch: hello.epoch } })) || hasChanged;
    await line.session.outbox.close(await settledBy(line.session, rows));
    line.pulled(rows.length);
    if (!answer.more) {
      hasChanged = (await compared(line, answer.tally ?? null, isCompared)) || hasChanged;
      await line.session.store.mark({ pulledAt: new Date(line.world.now()).toISOString() });
      return hasChanged;
    }
  }
}

async function chunk(line: Line, cursor: string): Promise<PullAnswer> {
  const began = line.world.now();
  const query = new URLSearchParams({ device: line.session.account.deviceId, size: String(line.down.size) });
  if (cursor) query.set("cursor", cursor);
  try {
    const answer = await line.transport.json<PullAnswer>(`${ROOT}/pull?${query}`, {
      slow: () => {
        line.down.afterTimeout();
      },
    });
    line.down.after(line.world.now() - began);
    return answer;
  } catch (failure) {
    throw failure instanceof Refusal ? refused(failure) : failure;
  }
}

function refused(refusal: Refusal): Trouble | Refusal {
  if (refusal.status === 403) return new Trouble(refusal.said["order"] === "wipe" ? "lost" : "revoked");
  if (refusal.status === 426) return new Trouble("old_app");
  return refusal;
}

/** Compare count and sum; where they differ, fetch the differing groups again and say so. */
async function compared(line: Line, theirs: Tally | null, mustCompare: boolean): Promise<boolean> {
  const { tally } = await line.session.store.position();
  if (!mustCompare && (!theirs || isSame(tally, theirs))) return false;
  const groups = await differingGroups(line);
  line.log("repair", `${groups.length} ${tally.count} ${theirs?.count ?? "?"}`);
  for (let at = 0; at < groups.length; at += GROUPS_AT_ONCE) {
    await fetchAgain(line, groups.slice(at, at + GROUPS_AT_ONCE));
  }
  return groups.length > 0;
}

async function differingGroups(line: Line): Promise<number[]> {
  const device = encodeURIComponent(line.session.account.deviceId);
  const { groups } = await line.transport.json<Digest>(`${ROOT}/digest?device=${device}`);
  const theirs = new Map(
    Object.entries(groups).map(([group, [count, total]]) => [Number(group), { count, total } as Tally]),
  );
  return differing(byGroup(await line.session.store.rows()), theirs);
}

/** The groups' rows as the server has them; what it does not name is gone. */
async function fetchAgain(line: Line, groups: number[]): Promise<void> {
  const device = encodeURIComponent(line.session.account.deviceId);
  const answer = await line.transport.json<DigestRows>(`${ROOT}/digest?device=${device}&groups=${groups.join(",")}`);
  const named = new Set(answer.ids);
  const inGroups = new Set(groups);
  const held = await line.session.store.rows();
  const gone = held
    .filter(({ id }) => inGroups.has(parseInt(id.slice(-2), 16)) && !named.has(id))
    .map(({ kind, id }): FeedRow => [kind as Kind, id, 0, null]);
  await line.session.store.write({ rows: [...answer.rows, ...gone], isAnew: true });
}
