/** Where a form leads back to: a page of the field app, never another site. */
import type { Answer, Request_ } from "../routes";

export function backTo(request: Request_, otherwise: string): Answer {
  return { redirect: safePath(request.form.get("back"), otherwise) };
}

export function safePath(path: unknown, otherwise: string): string {
  if (typeof path !== "string" || !path.startsWith("/field/")) return otherwise;
  const url = new URL(path, "https://bank.invalid");
  return url.origin === "https://bank.invalid" && url.pathname.startsWith("/field/") ? url.pathname + url.search : otherwise;
}

export function notFound(): Answer {
  return { template: "field/missing.html", context: {}, status: 404 };
}
