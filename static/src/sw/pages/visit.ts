/** A visit: why, whom one met, what was found, what comes next; position and photos if wished. */
import type { Value } from "../../outbox/entries";
import type { Held } from "../../replica/reading";
import type { Answer, Request_, Route } from "../routes";
import { conductOf } from "./conduct";
import { dayOf } from "./clock";
import { MET, NEXT_STEPS, PURPOSES } from "./codes";
import { draftOf, forgetDraft } from "./drafts";
import { Entered, type FormState } from "./form";
import { forgetPhotos, photoNames, photosFor } from "./photos";
import { notFound } from "./returning";

const MOST_PHOTOS = 20;

async function ask(request: Request_): Promise<Answer> {
  const held = await request.replica.get("customer", request.names["id"] ?? "");
  if (!held) return notFound();
  const draft = await draftOf(request, draftName(held));
  const usual = { purpose: await usualPurpose(request, held), next_step: "none", met: "" };
  const restored = Object.keys(draft).length > 0;
  return page(request, held, { values: { ...usual, ...draft }, errors: {} }, photosOfDraft(draft), restored);
}

/** A customer who owes is visited to collect; the others to check. */
async function usualPurpose(request: Request_, held: Held<"customer">): Promise<string> {
  const loans = await request.replica.ofCustomer("loan", held.document.id);
  return loans.some((loan) => loan.document.dpd > 0) ? "collection" : "post_loan";
}

async function page(
  request: Request_,
  held: Held<"customer">,
  form: FormState,
  photos: string[],
  restored = false,
): Promise<Answer> {
  const { replica, today } = request;
  const id = held.document.id;
  const [loans, visits] = await Promise.all([replica.ofCustomer("loan", id), replica.ofCustomer("visit", id)]);
  return {
    template: "field/visit.html",
    status: Object.keys(form.errors).length ? 422 : 200,
    context: {
      customer: { id, name: held.document.name, no: held.document.no },
      loans: loans
        .filter((loan) => loan.document.settled_on === null)
        .map(({ document }) => ({ id: document.id, contract_no: document.contract_no, product: document.product })),
      form,
      photos: photos.map((sha256) => ({ sha256 })),
      purposes: [...PURPOSES],
      met: [...MET],
      next_steps: [...NEXT_STEPS],
      conduct: await conductOf(request, id),
      visited_today: visits.some((visit) => dayOf(visit.document.visited_at) === today),
      draft: draftName(held),
      restored,
      today,
    },
  };
}

async function take(request: Request_): Promise<Answer> {
  const held = await request.replica.get("customer", request.names["id"] ?? "");
  if (!held) return notFound();
  const entered = new Entered(request.form);
  const names = photoNames(request.form);
  const set = await readVisit(request, entered, held);
  if (names.length > MOST_PHOTOS) entered.refuse("photos", "photos_many", { limit: MOST_PHOTOS });
  const photos = await photosFor(request, names);
  if (photos.length < names.length) entered.refuse("photos", "photos_gone");
  if (!entered.stands) return page(request, held, entered.state, photos.map((photo) => photo.sha256));
  const customerId = held.document.id;
  const full = { ...set, photos: photos.map((photo) => photo.sha256) };
  const entityId = request.newId();
  await request.writing.record([{ entity: "visit", entityId, op: "create", set: full, was: {}, customerId }], photos);
  await Promise.all([forgetDraft(request, draftName(held)), forgetPhotos(request, photos)]);
  if (request.form.get("then") === "promise") return { redirect: `/field/customers/${customerId}/promise` };
  return { redirect: `/field/customers/${customerId}?saved=visit` };
}

async function readVisit(request: Request_, entered: Entered, held: Held<"customer">): Promise<Record<string, Value>> {
  const loans = await request.replica.ofCustomer("loan", held.document.id);
  const device = await request.replica.device();
  const colleague = entered.line("colleague", false, 60);
  const ability = Number(entered.raw("ability"));
  const next_on = entered.day("next_on");
  if (next_on !== null && next_on < request.today) entered.refuse("next_on", "day_past");
  return {
    customer_id: held.document.id,
    loan_id: loans.find((loan) => loan.document.id === entered.raw("loan_id"))?.document.id ?? null,
    purpose: entered.code("purpose", PURPOSES),
    visited_at: request.now.toISOString(),
    staff: [device.userName, colleague].filter(Boolean).join("、"),
    met: entered.raw("met") === "" ? "" : entered.code("met", MET),
    findings: entered.words("findings"),
    ability: ability >= 1 && ability <= 5 ? Math.trunc(ability) : null,
    next_step: entered.code("next_step", NEXT_STEPS),
    next_on,
    position: positionOf(entered.raw("position")),
  };
}

/** `lat,lon,accuracy` as the page wrote it, when the officer allowed it; the wire has no fractions. */
function positionOf(text: string): Record<string, string | number> | null {
  const numbers = text.split(",").map(Number);
  const [lat, lon, accuracy] = numbers;
  if (text === "" || numbers.length !== 3 || numbers.some((number) => !Number.isFinite(number))) return null;
  if (lat === undefined || lon === undefined || accuracy === undefined) return null;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat: lat.toFixed(6), lon: lon.toFixed(6), accuracy: Math.round(accuracy) } : null;
}

function photosOfDraft(draft: Record<string, string>): string[] {
  return (draft["photo"] ?? "").split(" ").filter((name) => /^[0-9a-f]{64}$/.test(name));
}

function draftName(held: Held<"customer">): string {
  return `visit.${held.document.id}`;
}

export const visitRoutes: Route[] = [
  { method: "GET", path: "/field/customers/:id/visit", answer: ask },
  { method: "POST", path: "/field/customers/:id/visit", answer: take },
];
