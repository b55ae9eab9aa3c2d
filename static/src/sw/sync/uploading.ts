/** Photos, after their entries: tus 1.0, which goes on where it was cut off. */
import { base64, utf8 } from "../../shared/bytes";
import type { PhotoRow } from "../../outbox/database";
import type { Line } from "./line";
import { type Hello, ROOT } from "./protocol";
import { Refusal, Trouble } from "./trouble";

const TUS = { "Tus-Resumable": "1.0.0" };
/** Parts in a row of which nothing arrived. */
const MOST_STUCK = 5;
const GONE = new Set([403, 404, 410]);

export async function uploadPhotos(line: Line, hello: Hello): Promise<void> {
  for (const row of await line.session.outbox.photosToUpload()) {
    await uploadOne(line, row, hello);
    line.moved();
  }
}

/** A photo that the server refuses is kept here and said in the log: it never stops the others. */
async function uploadOne(line: Line, row: PhotoRow, hello: Hello): Promise<void> {
  const bytes = await line.session.outbox.photoBytes(row);
  try {
    const start = await begun(line, row, bytes.byteLength);
    const { url } = start;
    let { offset } = start;
    for (let stuck = 0; offset < bytes.byteLength; ) {
      const end = Math.min(offset + Math.min(line.up.size, hello.limits.blob_bytes || Infinity), bytes.byteLength);
      const there = await sendPart(line, url, bytes.slice(offset, end), offset);
      stuck = there > offset ? 0 : stuck + 1;
      if (stuck === MOST_STUCK) throw new Trouble("network");
      offset = there;
    }
    await line.session.outbox.dropPhoto(row);
  } catch (failure) {
    if (!(failure instanceof Refusal)) throw failure;
    if (failure.status === 403 && failure.code === "revoked") throw new Trouble("revoked");
    line.log("photo", `${failure.status} ${failure.code} ${row.sha256.slice(0, 8)}`);
    await line.session.outbox.noteUpload(row, "");
  }
}

/** Where it goes, and how much is there already. */
async function begun(line: Line, row: PhotoRow, length: number): Promise<{ url: string; offset: number }> {
  if (row.url) {
    const offset = await arrived(line, row.url);
    if (offset !== null) return { url: row.url, offset };
  }
  const metadata = `sha256 ${base64(utf8(row.sha256))},filetype ${base64(utf8(row.type))}`;
  const headers = await line.transport.headers(`${ROOT}/blobs`, {
    method: "POST",
    headers: { ...TUS, "Upload-Length": String(length), "Upload-Metadata": `${metadata},device ${base64(utf8(line.session.account.deviceId))}` },
  });
  const url = new URL(headers.get("Location") ?? "", "https://bank.invalid").pathname;
  await line.session.outbox.noteUpload(row, url);
  return { url, offset: Number(headers.get("Upload-Offset") ?? 0) };
}

async function arrived(line: Line, url: string): Promise<number | null> {
  try {
    return Number((await line.transport.headers(url, { method: "HEAD", headers: TUS })).get("Upload-Offset"));
  } catch (failure) {
    if (failure instanceof Refusal && GONE.has(failure.status)) return null;
    throw failure;
  }
}

/** One try: after a cut, only the server knows how much of it arrived. */
async function sendPart(line: Line, url: string, part: ArrayBuffer, offset: number): Promise<number> {
  try {
    const headers = await line.transport.headers(url, {
      method: "PATCH",
      headers: { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
      body: part,
      tries: 1,
    });
    return Number(headers.get("Upload-Offset"));
  } catch (failure) {
    const isCut = failure instanceof Trouble && failure.isPassing;
    if (!isCut && !(failure instanceof Refusal && failure.status === 409)) throw failure;
    if (failure instanceof Trouble && failure.code === "timeout") line.up.afterTimeout();
    const there = await arrived(line, url);
    if (there === null) throw failure;
    return there;
  }
}
