/** Sending what waits: chunk after chunk, each answered whole or not at all. */
import { type Bytes, joined, utf8 } from "../../shared/bytes";
import type { Answer } from "../../outbox/outbox";
import { stored } from "./answers";
import type { ChunkSize } from "./chunks";
import type { Line } from "./line";
import { type Hello, type PushAnswer, ROOT } from "./protocol";
import { Refusal, Trouble } from "./trouble";

/** JSON of mutations shrinks to about a sixth; the first answers teach better. */
const FIRST_RATIO = 6;
const MOST_REPAIRS = 3;

/**
 * Send until nothing is left that may be sent: first what only the server can open (the work of
 * before a forgotten PIN). True when the server put it into quarantine.
 */
export async function push(line: Line, hello: Hello): Promise<boolean> {
  const isSealedQuarantined = await sendAll(line, hello, sendSealed);
  // A revoked device is wiped next: what could still be undone goes with the rest.
  const isLast = hello.device?.state === "revoked";
  const isQuarantined = await sendAll(line, hello, (...limits) => sendChunk(...limits, isLast));
  return isQuarantined || isSealedQuarantined;
}

/** How a chunk went; null when there was nothing to send. */
interface Sent {
  ratio: number;
  isQuarantined: boolean;
}

async function sendAll(
  line: Line,
  hello: Hello,
  send: (line: Line, chars: number, most: number) => Promise<Sent | null>,
): Promise<boolean> {
  let ratio = FIRST_RATIO;
  let isQuarantined = false;
  for (let repairs = 0; ; ) {
    try {
      const sent = await send(line, line.up.size * ratio, limitOf(hello, line.up));
      if (!sent) return isQuarantined;
      ratio = sent.ratio;
      isQuarantined ||= sent.isQuarantined;
      repairs = 0;
    } catch (failure) {
      if (!(failure instanceof Refusal) || (repairs += 1) > MOST_REPAIRS) throw failure;
      await repaired(line, failure);
    }
  }
}

function limitOf(hello: Hello, up: ChunkSize): number {
  return up.isLeast ? 20 : (hello.limits.push_mutations || 1000);
}

async function sendChunk(line: Line, chars: number, most: number, isLast: boolean): Promise<Sent | null> {
  const { outbox, account } = line.session;
  const mutations = await outbox.take(chars, most, isLast);
  if (!mutations.length) return null;
  const clock = (await outbox.stamp()).ms;
  return post(line, "push", { device: account.deviceId, clock, mutations });
}

async function sendSealed(line: Line, chars: number, most: number): Promise<Sent | null> {
  const items = await line.session.outbox.takeSealed(chars, most);
  return items.length ? post(line, "sealed", { device: line.session.account.deviceId, items }) : null;
}

async function post(line: Line, name: string, what: object): Promise<Sent> {
  const plain = utf8(JSON.stringify(what));
  const body = await gzipped(plain);
  const began = line.world.now();
  const answer = await line.transport.json<PushAnswer>(`${ROOT}/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" },
    body,
    slow: () => line.up.afterTimeout(),
  });
  line.up.after(line.world.now() - began);
  await taken(line, answer);
  return { ratio: Math.max(1, plain.length / body.length), isQuarantined: answer.quarantined !== undefined };
}

/** The replica first, the outbox after: a crash between the two asks the server once more. */
async function taken(line: Line, answer: PushAnswer): Promise<void> {
  const results = answer.results ?? [];
  await stored(line.session, results);
  const answers: Answer[] = results.map(({ mutation, outcome, reason }) => ({ mutation, outcome, reason }));
  for (const mutation of answer.quarantined ?? []) {
    answers.push({ mutation, outcome: "held", reason: "quarantined" });
  }
  const settled = await line.session.outbox.settle(answers);
  // An answer that settles nothing would be asked for again without end.
  if (!settled) throw new Trouble("malformed");
  if (answer.stamp) await line.session.outbox.hear(answer.stamp);
  line.moved();
}

/** Put right what the server says is wrong with the numbers, or throw what nothing can. */
async function repaired(line: Line, refusal: Refusal): Promise<void> {
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
  line.log("push", `${refusal.code} ${String(refusal.said["field"] ?? "")}`);
  throw new Trouble("malformed");
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
