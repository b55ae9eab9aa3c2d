/** What only the browser knows: storage, whether it may be cleared, a new version, the battery. */
import { whenShown } from "../page/listening";

type Verdict = { state: "good" | "warn" | "unknown"; values?: Record<string, string> };
const MEGABYTE = 1_000_000;
const ENOUGH_BATTERY = 40;

const CHECKS: Record<string, (least: number) => Promise<Verdict>> = {
  storage: async (least) => {
    const { quota, usage } = await navigator.storage.estimate();
    if (quota === undefined || usage === undefined) return { state: "unknown" };
    const free = quota - usage;
    return { state: free < least ? "warn" : "good", values: { free: sized(free) } };
  },
  persistent: async () => ({ state: (await navigator.storage.persisted()) ? "good" : "warn" }),
  update: async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return { state: registration?.waiting ? "warn" : "good" };
  },
  battery: async () => {
    const battery = await (navigator as Navigator & { getBattery?: () => Promise<{ level: number; charging: boolean }> }).getBattery?.();
    if (!battery) return { state: "unknown" };
    const level = Math.round(battery.level * 100);
    return { state: level < ENOUGH_BATTERY && !battery.charging ? "warn" : "good", values: { level: String(level) } };
  },
};

export function startReadiness(page: Document): void {
  whenShown(page, () => {
    for (const line of page.querySelectorAll<HTMLElement>("[data-check]:not([data-checked])")) void check(line);
    const used = page.querySelector<HTMLElement>("[data-storage]");
    if (used) void tellUsed(used);
  });
}

async function check(line: HTMLElement): Promise<void> {
  const ask = CHECKS[line.dataset["check"] ?? ""];
  if (!ask) return;
  line.dataset["checked"] = "";
  const verdict = await ask(Number(line.dataset["least"])).catch((): Verdict => ({ state: "unknown" }));
  const text = line.querySelector<HTMLElement>("[data-check-text]");
  if (text) text.textContent = filled(text.dataset[`text${capital(verdict.state)}`] ?? "", verdict.values ?? {});
  if (verdict.state === "unknown") return;
  line.classList.replace("ready--later", `ready--${verdict.state}`);
  const mark = line.querySelector("[data-check-mark] use");
  const icon = verdict.state === "good" ? "circle-check" : "triangle-alert";
  mark?.setAttribute("href", (mark.getAttribute("href") ?? "").replace(/#.*/, `#${icon}`));
}

async function tellUsed(line: HTMLElement): Promise<void> {
  const usage = (await navigator.storage.estimate().catch(() => null))?.usage;
  line.textContent = usage === undefined ? (line.dataset["textUnknown"] ?? "") : sized(usage);
}

function filled(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function sized(bytes: number): string {
  return bytes >= 1000 * MEGABYTE ? `${(bytes / MEGABYTE / 1000).toFixed(1)} GB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
