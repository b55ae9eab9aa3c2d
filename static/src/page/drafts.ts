/**
 * Keeping what is typed in forms marked data-draft until the server has it.
 *
 * Drafts lie in this browser in clear, so a form opts in only when nothing in it is
 * sensitive; passwords, files, hidden fields and parts marked data-no-draft are never kept.
 */
import { fillFields, readFields } from "./draft_fields";
import { draftNames, forgetDraft, readDraft, writeDraft } from "./draft_store";
import { whenOn } from "./listening";
import { showToast } from "./toasts";

const FORM = "form[data-draft]";

export function startDrafts(page: Document): void {
  whenOn<HTMLFormElement>(page, "input", FORM, (form) => keep(form, false));
  whenOn<HTMLFormElement>(page, "submit", FORM, (form) => keep(form, true));
  whenOn<HTMLFormElement>(page, "htmx:after:request", FORM, forgetWhenTaken);
  forgetArrived(page);
  page.querySelectorAll<HTMLFormElement>(FORM).forEach(restore);
}

function keep(form: HTMLFormElement, sent: boolean): void {
  writeDraft(nameOf(form), { at: Date.now(), sent, fields: readFields(form) });
}

// A sent draft has arrived when the answer is another page or tells of success; where the
// network broke, the form itself is what is opened next, and the draft comes back.
function forgetArrived(page: Document): void {
  const succeeded = page.querySelector("#notices .notice--good") !== null;
  const here = new Set([...page.querySelectorAll<HTMLFormElement>(FORM)].map(nameOf));
  for (const name of draftNames()) {
    if (readDraft(name, Date.now())?.sent && (succeeded || !here.has(name))) forgetDraft(name);
  }
}

function forgetWhenTaken(form: HTMLFormElement, event: Event): void {
  const status: unknown = event instanceof CustomEvent ? event.detail?.ctx?.response?.status : null;
  if (event.target === form && typeof status === "number" && status < 400) forgetDraft(nameOf(form));
}

function restore(form: HTMLFormElement): void {
  const draft = readDraft(nameOf(form), Date.now());
  // A form that came back with errors carries what was typed already.
  if (!draft || form.querySelector("[aria-invalid]")) return;
  const offered = readFields(form);
  if (JSON.stringify(offered) === JSON.stringify(draft.fields)) return;
  fillFields(form, draft.fields);
  const words = form.ownerDocument.body.dataset;
  showToast(form.ownerDocument, words["textDraft"] ?? "", {
    label: words["textDiscard"] ?? "",
    act: () => {
      fillFields(form, offered);
      forgetDraft(nameOf(form));
    },
  });
}

function nameOf(form: HTMLFormElement): string {
  return form.dataset["draft"] ?? "";
}
