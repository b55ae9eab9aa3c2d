/** Short notices at the foot of the page that go away by themselves. */

const SHOWN_MS = 10_000;
const MOST_AT_ONCE = 3;

export type ToastAction = { readonly label: string; readonly act: () => void };

export function showToast(page: Document, text: string, action?: ToastAction, kind = "info"): void {
  const place = page.getElementById("toasts");
  if (!place || text === "") return;
  for (const shown of place.querySelectorAll(".toast")) if (shown.firstChild?.textContent === text) shown.remove();
  while (place.children.length >= MOST_AT_ONCE) place.firstElementChild?.remove();
  const toast = page.createElement("div");
  toast.className = `toast toast--${kind}`;
  toast.append(textIn(page, text));
  if (action) toast.append(button(page, action.label, () => (action.act(), toast.remove())));
  toast.append(button(page, page.body.dataset["textClose"] ?? "×", () => toast.remove()));
  place.append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}

function textIn(page: Document, text: string): HTMLElement {
  const line = page.createElement("p");
  line.textContent = text;
  return line;
}

function button(page: Document, label: string, act: () => void): HTMLElement {
  const made = page.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
