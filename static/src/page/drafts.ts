/**
 * Keeping what is typed in forms marked data-draft until they are saved.
 *
 * Drafts lie in this browser in clear, so a form opts in only when nothing in it is
 * sensitive; passwords, files, hidden fields and fields marked data-no-draft are never kept.
 */
import { whenOn } from "./listening";
import { showToast } from "./toasts";

const PREFIX = "draft:";
const LIFETIME_MS = 7 * 24 * 3600 * 1000;
const UNKEPT = new Set(["password", "file", "hidden", "submit", "button"]);

type Draft = { readonly at: number; readonly fields: readonly (readonly [string, string])[] };
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export function startDrafts(page: Document): void {
  whenOn<Element>(page, "input", "[data-draft]", (form) => keep(form));
  whenOn<Element>(page, "submit", "[data-draft]", (form) => forgetSoon(form));
  page.querySelectorAll<HTMLFormElement>("form[data-draft]").forEach(restore);
}

/** What would be kept of a form, as name and value pairs. */
export function draftFields(form: HTMLFormElement): [string, string][] {
  return controls(form)
    .filter((control) => !isChoice(control) || control.checked)
    .map((control) => [control.name, control.value]);
}

function keep(form: Element): void {
  if (!(form instanceof HTMLFormElement)) return;
  const draft: Draft = { at: Date.now(), fields: draftFields(form) };
  withStore((store) => store.setItem(keyOf(form), JSON.stringify(draft)));
}

// The answer decides: a form that comes back with errors carries its values itself.
function forgetSoon(form: Element): void {
  if (form instanceof HTMLFormElement) withStore((store) => store.removeItem(keyOf(form)));
}

function restore(form: HTMLFormElement): void {
  const draft = read(form);
  if (!draft || form.querySelector("[aria-invalid]")) return;
  if (JSON.stringify(draftFields(form)) === JSON.stringify(draft.fields)) return;
  const untouched = new Map(controls(form).map((control) => [control, stateOf(control)]));
  fill(form, draft.fields);
  const words = form.ownerDocument.body.dataset;
  showToast(form.ownerDocument, words["textDraft"] ?? "", {
    label: words["textDiscard"] ?? "",
    act: () => {
      untouched.forEach((state, control) => putBack(control, state));
      forgetSoon(form);
    },
  });
}

function fill(form: HTMLFormElement, fields: Draft["fields"]): void {
  for (const control of controls(form)) {
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (isChoice(control)) control.checked = values.includes(control.value);
    else if (values[0] !== undefined && !control.hasAttribute("readonly")) control.value = values[0];
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function read(form: HTMLFormElement): Draft | null {
  let draft: Draft | null = null;
  withStore((store) => {
    const text = store.getItem(keyOf(form));
    const found = text ? (JSON.parse(text) as Draft) : null;
    if (found && Date.now() - found.at < LIFETIME_MS) draft = found;
    else store.removeItem(keyOf(form));
  });
  return draft;
}

function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(
    (element): element is Control =>
      (element instanceof HTMLInputElement ||
        element instanceof HTMLSelectElement ||
        element instanceof HTMLTextAreaElement) &&
      element.name !== "" &&
      !UNKEPT.has(element.type) &&
      element.closest("[data-no-draft]") === null,
  );
}

function isChoice(control: Control): control is HTMLInputElement {
  return control.type === "checkbox" || control.type === "radio";
}

function stateOf(control: Control): string | boolean {
  return isChoice(control) ? control.checked : control.value;
}

function putBack(control: Control, state: string | boolean): void {
  if (isChoice(control)) control.checked = state === true;
  else control.value = String(state);
}

function keyOf(form: HTMLFormElement): string {
  return `${PREFIX}${form.dataset["draft"] ?? ""}`;
}

// Storage may be switched off or full; a draft is a convenience, never a reason to fail.
function withStore(act: (store: Storage) => void): void {
  try {
    act(localStorage);
  } catch {
    return;
  }
}
