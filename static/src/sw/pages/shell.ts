/** What stands around every page: the state of synchronisation, who works here, how it looks. */
import type { Answer, Request_, Route } from "../routes";
import { whenOf } from "./clock";
import { freshNotices } from "./notices";
import { read } from "./notes";
import { LANGUAGES, TEXT_SIZES, THEMES } from "./codes";

export interface Appearance {
  theme: string;
  text_size: string;
}

/** The same route, its page with `shell` around it unless it is a fragment. */
export function framed(route: Route, section: string): Route {
  return { ...route, answer: async (request) => withShell(await route.answer(request), request, section) };
}

async function withShell(answer: Answer, request: Request_, section: string): Promise<Answer> {
  if (!("template" in answer)) return answer;
  const shown = request.url.searchParams.get("for") ?? section;
  return { ...answer, context: { ...answer.context, shell: await shellOf(request, shown) } };
}

async function shellOf(request: Request_, section: string): Promise<Record<string, unknown>> {
  const { replica, today } = request;
  const [device, state, notices, banks] = await Promise.all([
    replica.device(),
    replica.state(),
    freshNotices(request),
    replica.all("bank"),
  ]);
  return {
    section,
    path: request.url.pathname + request.url.search,
    user_name: device.userName,
    language: device.language,
    today,
    notices,
    bank_name: banks[0]?.document.name ?? "",
    ...(await appearanceOf(request)),
    sync: {
      online: state.online,
      waiting: state.waiting,
      photos: state.photos,
      busy: state.busy,
      trouble: state.trouble,
      needs_sign_in: state.needsSignIn,
      pulled: whenOf(state.pulledAt, today),
      oldest: whenOf(state.oldest, today),
    },
  };
}

export const APPEARANCE_NOTE = "appearance";

/** Theme and text size, kept on the device. */
export async function appearanceOf(request: Request_): Promise<Appearance> {
  const kept = read(await request.replica.note(APPEARANCE_NOTE));
  return { theme: known(kept["theme"], THEMES), text_size: known(kept["text_size"], TEXT_SIZES) };
}

export function known(chosen: unknown, codes: readonly string[]): string {
  return codes.find((code) => code === chosen) ?? codes[0] ?? "";
}

export function knownLanguage(chosen: unknown): string {
  return known(chosen, LANGUAGES);
}
