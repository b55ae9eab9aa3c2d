/** The order in which the officer visits: what was chosen is kept, who is new comes after. */
import type { Answer, Request_, Route } from "../routes";
import { backTo } from "./returning";

const NOTE = "visiting-order";

/** Customer ids as they were last put in order. */
export async function keptOrder(request: Pick<Request_, "replica">): Promise<string[]> {
  try {
    const kept: unknown = JSON.parse((await request.replica.note(NOTE)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** Those with a kept place first, in that order; the others follow as they came. */
export function inOrder<Row extends { id: string }>(rows: Row[], kept: string[]): Row[] {
  const place = new Map(kept.map((id, index) => [id, index]));
  const placed = rows.filter((row) => place.has(row.id));
  placed.sort((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0));
  return [...placed, ...rows.filter((row) => !place.has(row.id))];
}

/** The ids with one of them moved: `up`, `down`, `first`. */
export function moved(ids: string[], id: string, where: string): string[] {
  const from = ids.indexOf(id);
  if (from < 0) return ids;
  const rest = ids.filter((each) => each !== id);
  const to = where === "first" ? 0 : where === "up" ? from - 1 : where === "down" ? from + 1 : from;
  const at = Math.min(Math.max(to, 0), rest.length);
  return [...rest.slice(0, at), id, ...rest.slice(at)];
}

/** The posted list is what the officer saw; one of it moves: `up`, `down` or `first`, and who. */
async function changeOrder(request: Request_): Promise<Answer> {
  const seen = request.form.getAll("seen").map(String);
  const [where = "", customer = ""] = String(request.form.get("move") ?? "").split(" ");
  const next = moved(seen, customer, where);
  const others = (await keptOrder(request)).filter((id) => !next.includes(id));
  await request.writing.setNote(NOTE, JSON.stringify([...next, ...others]));
  return backTo(request, "/field/?arrange=1");
}

async function forgetOrder(request: Request_): Promise<Answer> {
  await request.writing.setNote(NOTE, null);
  return backTo(request, "/field/?arrange=1");
}

export const orderRoutes: Route[] = [
  { method: "POST", path: "/field/order", answer: changeOrder },
  { method: "POST", path: "/field/order/usual", answer: forgetOrder },
];
