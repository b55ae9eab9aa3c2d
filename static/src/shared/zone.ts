/** The bank's timezone, as the server said last; whatever a tablet's own settings say. */

const USUAL = "Asia/Shanghai";
let said = USUAL;

export function bankZone(): string {
  return said;
}

/** Take a zone as the server names it (IANA); one that this browser does not know changes nothing. */
export function setBankZone(name: string | undefined): void {
  if (!name || name === said) return;
  try {
    new Intl.DateTimeFormat("en-CA", { timeZone: name });
    said = name;
  } catch {
    // An old browser without that zone goes on in the last one.
  }
}
