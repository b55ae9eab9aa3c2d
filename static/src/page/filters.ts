/** Filters leave empty fields out of the URL, so that it can be read and shared. */

export function startFilters(page: Document): void {
  page.addEventListener("formdata", (event) => {
    if (!(event instanceof FormDataEvent)) return;
    if (!(event.target instanceof Element) || !event.target.matches("[data-filters]")) return;
    dropEmpty(event.formData);
  });
}

/** Take away every field without a value. */
export function dropEmpty(fields: FormData): void {
  for (const name of new Set(fields.keys())) {
    const kept = fields.getAll(name).filter((value) => value !== "");
    fields.delete(name);
    for (const value of kept) fields.append(name, value);
  }
}
