/** Choosing between two sides with the arrow keys, where a fieldset asks for it. */
export function startChoiceKeys(page: Document): void {
  page.addEventListener("keydown", (event) => {
    const choices = page.querySelector("[data-choice-keys]:not(:disabled)");
    if (choices === null || event.altKey || event.ctrlKey || event.metaKey) return;
    if (isTyping(event.target)) return;
    const side = choices.querySelector<HTMLInputElement>(`[data-key="${CSS.escape(event.key)}"]`);
    if (side === null) return;
    event.preventDefault();
    side.checked = true;
    side.focus();
    side.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** Arrows move the caret in text; only radios of the same fieldset give them up. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
