/**
 * Filters leave empty fields out of the URL, so that it can be read and shared; on a phone, where
 * they lie folded, the line in front of them says the conditions in words.
 */

export function startFilters(page: Document): void {
  page.addEventListener("formdata", (event) => {
    if (!(event instanceof FormDataEvent)) return;
    if (!(event.target instanceof Element) || !event.target.matches("[data-filters]")) return;
    dropEmpty(event.formData);
  });
  page.addEventListener("change", () => tellConditions(page));
  tellConditions(page);
}

/** Take away every field without a value. */
export function dropEmpty(fields: FormData): void {
  for (const name of new Set(fields.keys())) {
    const kept = fields.getAll(name).filter((value) => value !== "");
    fields.delete(name);
    for (const value of kept) fields.append(name, value);
  }
}

/** Write the conditions of each form of filters on its line. */
export function tellConditions(page: Document): void {
  for (const line of page.querySelectorAll<HTMLElement>("[data-conditions-of]")) {
    const form = page.getElementById(line.dataset["conditionsOf"] ?? "");
    if (form instanceof HTMLFormElement) line.textContent = conditionsOf(form).join(" · ");
  }
}

/** What each field that is filled in shows to a person. */
export function conditionsOf(form: HTMLFormElement): string[] {
  return [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(".input, .choice input")]
    .map(shownBy)
    .filter((text) => text !== "");
}

function shownBy(control: HTMLInputElement | HTMLSelectElement): string {
  if (control instanceof HTMLSelectElement) {
    return control.value === "" ? "" : (control.selectedOptions[0]?.text ?? "");
  }
  if (control.type !== "checkbox") return control.value.trim();
  return control.checked ? (control.closest("label")?.textContent?.trim() ?? "") : "";
}
