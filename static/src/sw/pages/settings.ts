/** How the app looks and speaks on this device, and what it keeps. */
import type { Answer, Request_, Route } from "../routes";
import { whenOf } from "./clock";
import { LANGUAGES, LOCK_MINUTES, TEXT_SIZES, THEMES } from "./codes";
import { APPEARANCE_NOTE, appearanceOf, known, knownLanguage } from "./shell";

/** Notes that the device itself follows. */
const LANGUAGE_NOTE = "language";
const LOCK_NOTE = "lock_minutes";

async function show(request: Request_): Promise<Answer> {
  const { replica, today, url } = request;
  const [device, state, customers] = await Promise.all([replica.device(), replica.state(), replica.all("customer")]);
  return {
    template: "field/settings.html",
    context: {
      languages: [...LANGUAGES],
      themes: [...THEMES],
      text_sizes: [...TEXT_SIZES],
      lock_minutes: [...LOCK_MINUTES].sort((one, other) => Number(one) - Number(other)),
      chosen: {
        language: device.language,
        lock_minutes: known(await replica.note(LOCK_NOTE), LOCK_MINUTES),
        ...(await appearanceOf(request)),
      },
      user_name: device.userName,
      lease_until: device.leaseUntil.slice(0, 10),
      customers: customers.length,
      waiting: state.waiting + state.photos,
      pulled: whenOf(state.pulledAt, today),
      saved: url.searchParams.get("saved") === "1",
    },
  };
}

async function change(request: Request_): Promise<Answer> {
  const { form, writing } = request;
  const appearance = { theme: known(form.get("theme"), THEMES), text_size: known(form.get("text_size"), TEXT_SIZES) };
  await writing.setNote(APPEARANCE_NOTE, JSON.stringify(appearance));
  await writing.setNote(LOCK_NOTE, known(form.get("lock_minutes"), LOCK_MINUTES));
  await writing.setNote(LANGUAGE_NOTE, knownLanguage(form.get("language")));
  return { redirect: "/field/settings?saved=1" };
}

export const settingsRoutes: Route[] = [
  { method: "GET", path: "/field/settings", answer: show },
  { method: "POST", path: "/field/settings", answer: change },
];
