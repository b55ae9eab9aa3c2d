/** Amounts: the number pad, sums that fill a field with one tap, separators and capitals as typed. */
import { whenOn, whenShown } from "../page/listening";
import { fenOf, groupedYuan } from "../shared/amounts";
import { capitals } from "../shared/capitals";

const MOST_DIGITS = 13;

export function startAmounts(page: Document): void {
  whenOn<HTMLInputElement>(page, "input", "[data-amount]", tell);
  whenOn<HTMLElement>(page, "click", "[data-key]", press);
  whenOn<HTMLElement>(page, "click", "[data-fill]", fill);
  whenOn<HTMLElement>(page, "click", "[data-set]", set);
  whenShown(page, () => {
    for (const input of page.querySelectorAll<HTMLInputElement>("[data-amount]")) {
      // The pad is there for the thumb: the system's keyboard would cover it.
      if (input.dataset["pad"] && matchMedia("(pointer: coarse)").matches) input.inputMode = "none";
      tell(input);
    }
  });
}

/** What the field holds after a key of the pad. */
export function keyed(text: string, key: string): string {
  if (key === "clear") return "";
  if (key === "back") return text.slice(0, -1);
  const bare = text.replace(/[,\s]/g, "");
  if (key === ".") return bare.includes(".") ? bare : `${bare || "0"}.`;
  const [yuan = "", coins] = `${bare}${key}`.split(".");
  if (coins !== undefined) return coins.length > 2 ? bare : `${yuan}.${coins}`;
  const plain = yuan.replace(/^0+(?=\d)/, "");
  return plain.length > MOST_DIGITS ? bare : plain;
}

function press(key: HTMLElement): void {
  const pad = key.parentElement?.id ?? "";
  const input = key.ownerDocument.querySelector<HTMLInputElement>(`[data-pad="${pad}"]`);
  if (input) change(input, keyed(input.value, key.dataset["key"] ?? ""));
}

function fill(button: HTMLElement): void {
  const input = button.closest("form")?.querySelector<HTMLInputElement>("[data-amount]");
  if (input) change(input, groupedYuan(Number(button.dataset["fill"])));
}

function set(button: HTMLElement): void {
  const input = button.ownerDocument.getElementById(button.dataset["set"] ?? "");
  if (input instanceof HTMLInputElement) change(input, button.dataset["to"] ?? "");
}

function change(input: HTMLInputElement, value: string): void {
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Below the field: the amount in capitals, and how it stands to what is owed. */
function tell(input: HTMLInputElement): void {
  const line = input.ownerDocument.getElementById(`${input.id}-words`);
  if (!line) return;
  const fen = fenOf(input.value);
  const fits = fen === null ? "" : standing(fen, Number(line.dataset["due"] ?? 0), Number(line.dataset["payoff"] ?? 0));
  const word = line.dataset["due"] === undefined ? "" : (line.dataset[`text${fits}`] ?? "");
  line.dataset["fits"] = fits.toLowerCase();
  line.replaceChildren(...(fen === null ? [] : [words(input, `${groupedYuan(fen)} · ${inCapitals(fen)}`, "span")]));
  if (word) line.append(words(input, word, "b"));
}

/** `Full`, `Part`, `More` or `Payoff`; nothing where nothing is due. */
export function standing(fen: number, due: number, payoff: number): string {
  if (payoff > 0 && fen > payoff) return "Payoff";
  if (due <= 0 || fen <= 0) return "";
  return fen === due ? "Full" : fen < due ? "Part" : "More";
}

function words(input: HTMLInputElement, text: string, name: "span" | "b"): HTMLElement {
  const made = input.ownerDocument.createElement(name);
  made.textContent = text;
  return made;
}

function inCapitals(fen: number): string {
  try {
    return capitals(fen);
  } catch {
    return "";
  }
}
