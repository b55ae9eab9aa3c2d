/** Sending what waits: chunk after chunk, each answered whole or not at all. */
import { type Bytes, joined, utf8 } from "../../shared/bytes";
import type { Mutation } from "../../outbox/mutation";
import { handedIn, parcels } from "../../outbox/handing_in";
import type { Answer } from "../../outbox/outbox";
import { stored } from "./answers";
import type { ChunkSize } from "./chunks";
import type { Line } from "./line";
import { type Hello, type PushAnswer, ROOT } from "./protocol";
import { Refusal, Trouble } from "./trouble";

/** JSON of mutations shrinks to about a sixth; the first answers teach better. */
const FIRST_RATIO = 6;
const MOST_REPAIRS = 3;

/** Send until nothing is left that may be sent. True when the server put it into quarantine. */
export async function push(line: Line, hello: Hello): Promise<boolean> {
  await handIn(line);
  let ratio = FIRST_RATIO;
  let isQuarantined = false;
  for (let repairs = 0; ; ) {
    const mutations = await line.session.outbox.take(line.up.size * ratio, limitOf(hello, line.up));
    if (!mutations.length) return isQuarantined;
    try {
      const sent = await sendChunk(line, mutations);
      ratio = sent.ratio;
      isQuarantined ||= sent.isQuarantined;
      repairs = 0;
    } catch (failure) {
      if (!(failure instanceof Refusal) || (repairs += 1) > MOST_REPAIRS) throw failure;
      await repaired(line, failure, mutations.length);
    }
  }
}

function limitOf(hello: Hello, up: ChunkSize): number {
  return up.isLeast ? 20 : (hello.limits.push_mutations || 1000);
}

async function sendChunk(
  line: Line,
  mutations: (Mutation & { n: number })[],
): Promise<{ ratio: number; isQuarantined: boolean }> {
  const { outbox, account } = line.session;
  const clock = (await outbox.stamp()).ms;
  const plain = utf8(JSON.stringify({ device: account.deviceId, clock, mutations }));
  const body = await gzipped(plain);
  const began = line.world.now();
  const answer = await line.transport.json<PushAnswer>(`${ROOT}/push`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" },
    body,
    slow: () => line.up.afterTimeout(),
  });
  line.up.after(line.world.now() - began);
  await taken(line, mutations, answer);
  return { ratio: Math.max(1, plain.length / body.length), isQuarantined: answer.quarantined !== undefined };
}

/** The replica first, the outbox after: a crash between the two asks the server once more. */
async function taken(line: Line, mutations: Mutation[], answer: PushAnswer): Promise<void> {
  const results = answer.results ?? [];
  await stored(line.session, results);
  const answers: Answer[] = results.map(({ mutation, outcome, reason }) => ({ mutation, outcome, reason }));
  for (const mutation of answer.quarantined ?? []) {
    answers.push({ mutation, outcome: "held", reason: "quarantined" });
  }
  const known = new Set(mutations.map(({ id }) => id));
  if (!answers.some(({ mutation }) => known.has(mutation))) throw new Trouble("malformed");
  await line.session.outbox.settle(answers);
  if (answer.stamp) await line.session.outbox.hear(answer.stamp);
  line.moved();
}

/** Put right what the server says is wrong with the numbers, or throw what nothing can. */
async function repaired(line: Line, refusal: Refusal, count: number): Promise<void> {
  const { outbox } = line.session;
  if (refusal.status === 409 && refusal.code === "gap") {
    if (await outbox.sendAgain(Number(refusal.said["expected"]))) return;
    return line.enrolAnew(false);
  }
  if (refusal.status === 409 && refusal.code === "clone") return line.enrolAnew(false);
  if (refusal.status === 413) {
    line.up.atMost(Math.min(Number(refusal.said["limit"]) || Infinity, line.up.size / 2));
    return;
  }
  if (refusal.status === 403) throw new Trouble(refusal.code === "revoked" ? "revoked" : refusal.code);
  line.log("push", `${refusal.code} ${String(refusal.said["field"] ?? "")} ${count}`);
  throw new Trouble("malformed");
}

/** What only the server can open: the work of before a forgotten PIN. */
async function handIn(line: Line): Promise<void> {
  const { outbox, account } = line.session;
  for (const { device, items } of await parcels(outbox.database, account.keyId)) {
    const answer = await line.transport.json<PushAnswer>(`${ROOT}/sealed`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ device, items }),
    });
    await handedIn(outbox.database, (answer.results ?? []) as Answer[], line.world.now());
    line.moved();
  }
}

export async function gzipped(plain: Bytes): Promise<Bytes> {
  const press = new CompressionStream("gzip");
  const writing = press.writable.getWriter();
  const written = Promise.all([writing.write(plain), writing.close()]);
  const parts: Bytes[] = [];
  const reading = press.readable.getReader();
  for (let part = await reading.read(); !part.done; part = await reading.read()) {
    parts.push(part.value as Bytes);
  }
  await written;
  return joined(...parts);
}
