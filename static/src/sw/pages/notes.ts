/** Notes that a page keeps for itself on the device. */

/** A note of JSON; anything spoilt reads as empty. */
export function read(text: string | null): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text ?? "{}");
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
