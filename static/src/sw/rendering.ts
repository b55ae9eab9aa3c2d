/** Pages of the worker: compiled templates in the person's language, with the site's headers. */
import { assets } from "field/assets";
import { templates } from "field/templates";
import { utf8 } from "../shared/bytes";
import { bankZone } from "../shared/zone";
import { HEADERS } from "./headers";
import { kept } from "./lifecycle";
import { type Speech, type Values, render } from "./runtime";

const catalogues = new Map<string, Promise<Speech["catalogue"] | null>>();

export async function page(name: string, context: Values, language: string, status = 200): Promise<Response> {
  const catalogue = await catalogueOf(language);
  const speech = { language, zone: bankZone(), catalogue: catalogue ?? {}, asset };
  const html = render(templates, name, catalogue ? context : withoutWords(context), speech);
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

/** The page says that it cannot speak the language yet. */
function withoutWords(context: Values): Values {
  return { ...context, shell: { ...(context["shell"] as Values), lacks_words: true } };
}

/** Sentences are Chinese; null while the other language is not on the device and cannot be fetched. */
function catalogueOf(language: string): Promise<Speech["catalogue"] | null> {
  const known = catalogues.get(language);
  if (known) return known;
  const read = readCatalogue(language);
  catalogues.set(language, read);
  void read.then((found) => found ?? catalogues.delete(language));
  return read;
}

async function readCatalogue(language: string): Promise<Speech["catalogue"] | null> {
  const url = assets.files[`field-${language}.json`];
  if (!url) return {};
  const answer = await kept(url).catch(() => null);
  return answer?.ok ? ((await answer.json()) as Speech["catalogue"]) : null;
}
