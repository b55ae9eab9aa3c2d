/** The amount in capitals (人民币大写) under each money field, as it is typed. */
import { fenOf, groupedYuan } from "../shared/amounts";
import { capitals } from "../shared/capitals";
import { whenOn, whenShown } from "./listening";

export function startCapitals(page: Document): void {
  whenOn<HTMLInputElement>(page, "input", "[data-money]", showCapitals);
  whenShown(page, () => page.querySelectorAll<HTMLInputElement>("[data-money]").forEach(showCapitals));
}

function showCapitals(input: HTMLInputElement): void {
  const line = input.ownerDocument.getElementById(`${input.id}-capitals`);
  if (!line) return;
  const fen = fenOf(input.value);
  const text = fen === null ? "" : `${groupedYuan(fen)} · ${inCapitals(fen)}`;
  if (line.textContent !== text) line.textContent = text;
}

function inCapitals(fen: number): string {
  try {
    return capitals(fen);
  } catch {
    return "";
  }
}
