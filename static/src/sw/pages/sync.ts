/** What waits on this device: each entry, how far it is, and what happens next. */
import type { Answer, Request_, Route } from "../routes";
import { daysBetween, dayOf, whenOf } from "./clock";
import { waitingLines } from "./waiting_view";

/** Entries of which the device must warn: the browser may one day clear its storage. */
const OLD_DAYS = 1;

async function show(request: Request_): Promise<Answer> {
  const { replica, now, today, url } = request;
  const [state, waiting] = await Promise.all([replica.state(), replica.waiting()]);
  const lines = await waitingLines(replica, waiting, now, today);
  const asked = new Set(["conflict", "held", "rejected"]);
  return {
    template: "field/sync.html",
    context: {
      state: {
        online: state.online,
        busy: state.busy,
        trouble: state.trouble,
        needs_sign_in: state.needsSignIn,
        waiting: state.waiting,
        photos: state.photos,
        pulled: whenOf(state.pulledAt, today),
        oldest: whenOf(state.oldest, today),
        old: state.oldest !== null && daysBetween(dayOf(state.oldest), today) >= OLD_DAYS,
      },
      unsent: lines.filter((line) => !asked.has(line.progress)),
      decided: lines.filter((line) => asked.has(line.progress)),
      late: url.searchParams.get("late") === "1",
      undone: url.searchParams.get("undone") === "1",
    },
  };
}

export const syncRoutes: Route[] = [{ method: "GET", path: "/field/sync", answer: show }];
