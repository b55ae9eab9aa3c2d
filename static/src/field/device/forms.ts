/** The forms of set-up, unlocking and a new PIN: their fields have no names, so nothing is sent. */

export function field(form: HTMLFormElement, name: string): string {
  const found = form.querySelector<HTMLInputElement | HTMLSelectElement>(`[data-field='${name}']`);
  if (!(found instanceof HTMLInputElement) || found.type !== "radio") return found?.value ?? "";
  return form.querySelector<HTMLInputElement>(`[data-field='${name}']:checked`)?.value ?? "";
}

/** Show the sentence for this reason and no other; `values` fill its gaps. */
export function tell(form: Element, why: string, values: Record<string, string | number> = {}): void {
  const sentences = [...form.querySelectorAll<HTMLElement>("[data-why]")];
  const known = sentences.some((sentence) => sentence.dataset["why"] === why);
  for (const sentence of sentences) {
    sentence.hidden = sentence.dataset["why"] !== (known || !why ? why : "failed");
  }
  for (const [name, value] of Object.entries(values)) {
    for (const gap of form.querySelectorAll(`[data-gap='${name}']`)) gap.textContent = String(value);
  }
}

/** Run while the form shows that it is at work; a second press does nothing. */
export async function whileBusy(form: HTMLFormElement, work: () => Promise<void>): Promise<void> {
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch {
    tell(form, "failed");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

export function clear(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[type='password']")) input.value = "";
}
