/** Pages of the worker: compiled templates in the person's language, with the site's headers. */
import { assets } from "field/assets";
import { templates } from "field/templates";
import { utf8 } from "../shared/bytes";
import { bankZone } from "../shared/zone";
import { HEADERS } from "./headers";
import { kept } from "./lifecycle";
import { type Speech, type Values, render } from "./runtime";

const catalogues = new Map<string, Promise<Speech["catalogue"]>>();

export async function page(name: string, context: Values, language: string, status = 200): Promise<Response> {
  const speech = { language, zone: bankZone(), catalogue: await catalogueOf(language), asset };
  const html = render(templates, name, context, speech);
  return new Response(streamOf(html), { status, headers: { ...HEADERS, "Content-Type": "text/html; charset=utf-8" } });
}

/** A text as a body would go through the browser's store of blobs, which is a way round. */
function streamOf(html: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(utf8(html));
      controller.close();
    },
  });
}

export function redirect(path: string): Response {
  return new Response(null, { status: 303, headers: { Location: new URL(path, location.origin).href } });
}

function asset(name: string): string {
  return assets.files[name] ?? `/static/${name}`;
}

/** Sentences are Chinese; the other catalogue lies among the kept files. */
function catalogueOf(language: string): Promise<Speech["catalogue"]> {
  const known = catalogues.get(language);
  if (known) return known;
  const read = readCatalogue(language);
  catalogues.set(language, read);
  return read;
}

async function readCatalogue(language: string): Promise<Speech["catalogue"]> {
  const url = assets.files[`field-${language}.json`];
  const answer = url ? await kept(url).catch(() => null) : null;
  return answer?.ok ? ((await answer.json()) as Speech["catalogue"]) : {};
}
