/** Where a visit was, once, when the officer asks for it; never followed. */
import { whenOn } from "../page/listening";
import { later } from "./drafts";

const PATIENCE_MS = 15_000;
const PLACES = 5;

export function startPosition(page: Document): void {
  whenOn<HTMLElement>(page, "click", "[data-position-ask]", (button) => {
    const part = button.closest<HTMLElement>("[data-position]");
    if (part) find(part);
  });
}

function find(part: HTMLElement): void {
  say(part, part.dataset["textLooking"] ?? "");
  if (!navigator.geolocation) return say(part, part.dataset["textDenied"] ?? "");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const input = part.querySelector<HTMLInputElement>("[name=position]");
      const { latitude, longitude, accuracy } = coords;
      if (input) input.value = [latitude.toFixed(PLACES), longitude.toFixed(PLACES), Math.round(accuracy)].join(",");
      say(part, (part.dataset["textFound"] ?? "").replace("{metres}", String(Math.round(accuracy))));
      const form = part.closest("form");
      if (form) later(form);
    },
    () => say(part, part.dataset["textDenied"] ?? ""),
    { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 60_000 },
  );
}

function say(part: HTMLElement, text: string): void {
  const line = part.querySelector("[data-position-told]");
  if (line) line.textContent = text;
}
