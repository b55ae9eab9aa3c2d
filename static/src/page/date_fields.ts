/** Date fields: what was typed becomes the standard on leaving, and a calendar can be opened. */
import { isoDate } from "../shared/dates";
import { whenOn } from "./listening";

export function startDateFields(page: Document): void {
  // In the capture phase, so that whoever listens for the change meets the standard form.
  page.addEventListener("change", normalise, { capture: true });
  whenOn<HTMLElement>(page, "click", "[data-picker]", openPicker);
  whenOn<HTMLInputElement>(page, "change", "[data-picker-of]", takePicked);
}

function normalise(event: Event): void {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.matches("[data-date]")) return;
  input.value = isoDate(input.value) ?? input.value;
}

function openPicker(button: HTMLElement): void {
  const page = button.ownerDocument;
  const id = button.dataset["picker"] ?? "";
  const typed = page.getElementById(id);
  const native = page.querySelector<HTMLInputElement>(`[data-picker-of="${CSS.escape(id)}"]`);
  if (!native || !(typed instanceof HTMLInputElement)) return;
  native.value = isoDate(typed.value) ?? "";
  native.showPicker();
}

function takePicked(native: HTMLInputElement): void {
  const typed = native.ownerDocument.getElementById(native.dataset["pickerOf"] ?? "");
  if (!(typed instanceof HTMLInputElement)) return;
  typed.value = native.value;
  typed.dispatchEvent(new Event("input", { bubbles: true }));
  typed.dispatchEvent(new Event("change", { bubbles: true }));
}
