// Checks of identity and contact numbers, the twins of server/domain/{identity,organisation,contacts}.py;
// both are held to tests/cases/{idno,uscc,phone}.json.

export type Checked<T> = ({ valid: true } & T) | { valid: false; reason: string };

export interface ResidentId {
  /** The eighteen characters that are stored and compared. */
  number: string;
  birth: string;
  sex: "M" | "F";
  province: string;
  /** `old_number`: fifteen digits, no valid document since 2013. */
  warnings: string[];
}

export interface CreditCode {
  code: string;
  warnings: string[];
}

export interface Phone {
  number: string;
  kind: "mobile" | "landline";
}

const DASHES = /[‐‑‒–—―−﹣－]/g;
const INVISIBLE = /[\u0000-\u0008\u000e-\u001b\u007f\u200b-\u200f\u2060\ufeff\u00ad\ud800-\udfff]/g;

/** A number that is a name: half width, without blanks, Excel's leading `'` and trailing `.0`. */
export function codeText(text: string): string {
  return text
    .replace(DASHES, "-")
    .normalize("NFKC")
    .replace(DASHES, "-")
    .replace(INVISIBLE, "")
    .replace(/\s+/g, "")
    .replace(/^['`’‘]+/, "")
    .replace(/([0-9])\.0+$/, "$1");
}

const ID_SHAPE = /^(?:[0-9]{15}|[0-9]{17}[0-9X])$/;
const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const ID_CHECKS = "10X98765432";
const PROVINCES = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;

/** The resident ID 公民身份号码; reasons in this order: format, area, birth_date, checksum. */
export function readResidentId(text: string, today: string): Checked<ResidentId> {
  const original = codeText(text).toUpperCase();
  if (!ID_SHAPE.test(original)) return refused("format");
  if (!PROVINCES.test(original)) return refused("area");
  const number = original.length === 18 ? original : eighteen(original);
  const birth = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDay(birth) || birth < "1900-01-01" || birth > today) return refused("birth_date");
  if (number[17] !== idCheck(number.slice(0, 17))) return refused("checksum");
  const warnings = original.length === 15 ? ["old_number"] : [];
  const sex = Number(number[16]) % 2 ? "M" : "F";
  return { valid: true, number, birth, sex, province: number.slice(0, 2), warnings };
}

function eighteen(fifteen: string): string {
  const body = `${fifteen.slice(0, 6)}19${fifteen.slice(6)}`;
  return body + idCheck(body);
}

function idCheck(seventeen: string): string {
  const sum = ID_WEIGHTS.reduce((all, weight, place) => all + weight * Number(seventeen[place]), 0);
  return ID_CHECKS.charAt(sum % 11);
}

function isDay(iso: string): boolean {
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === iso;
}

const CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const CODE_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;
const INNER_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const INNER_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const;

/** The social credit code 统一社会信用代码; reasons in this order: length, charset, checksum. */
export function readCreditCode(text: string): Checked<CreditCode> {
  const code = codeText(text).replaceAll("-", "").toUpperCase();
  if (code.length !== 18) return refused("length");
  if ([...code].some((character) => !CODE_CHARACTERS.includes(character))) return refused("charset");
  const rest = weighted(code, CODE_WEIGHTS, CODE_CHARACTERS) % 31;
  if (code[17] !== CODE_CHARACTERS.charAt((31 - rest) % 31)) return refused("checksum");
  const inner = (11 - (weighted(code.slice(8), INNER_WEIGHTS, INNER_CHARACTERS) % 11)) % 11;
  const warnings = code[16] === (inner === 10 ? "X" : String(inner)) ? [] : ["organisation"];
  return { valid: true, code, warnings };
}

function weighted(code: string, weights: readonly number[], characters: string): number {
  return weights.reduce((sum, weight, place) => sum + weight * characters.indexOf(code.charAt(place)), 0);
}

const COUNTRY = /^(?:(?:\+86|0086|86)-?(?=1[3-9])|\(?(?:\+86|0086)\)?-?)/;
const MOBILE = /^1[3-9][0-9]{9}$/;
const LANDLINE =
  /^\(?(0(?:10|2[0-9]|[3-9][0-9]{2}))\)?-?([2-9][0-9]{6,7})(?:(?:-|转|x|X|#|ext\.?)([0-9]{1,6}))?$/;
const LOOSE_LANDLINE = /^0[0-9]{2,3}-?[0-9]{7,8}(?:-[0-9]{1,6})?$/;

/** A mobile or landline number in the one form that is stored; the only reason is `phone`. */
export function readPhone(text: string): Checked<Phone> {
  const digits = codeText(text);
  const foreign = COUNTRY.test(digits);
  const bare = foreign ? digits.replace(COUNTRY, "") : digits;
  const mobile = bare.replaceAll("-", "");
  if (MOBILE.test(mobile)) return { valid: true, number: mobile, kind: "mobile" };
  // +86 571 8765 4321: the trunk zero is not dialled from abroad.
  return readLandline(foreign && !/^\(?0/.test(bare) ? `0${bare}` : bare);
}

function readLandline(text: string): Checked<Phone> {
  const found = LANDLINE.exec(text);
  if (found) {
    const number = `${found[1]}-${found[2]}${found[3] ? `-${found[3]}` : ""}`;
    return { valid: true, number, kind: "landline" };
  }
  if (LOOSE_LANDLINE.test(text)) return { valid: true, number: text, kind: "landline" };
  return refused("phone");
}

/** First three and last four: `110***********0017`; a mask stays as it is. */
export function maskId(number: string): string {
  const text = codeText(number);
  const hidden = text.length - 7;
  if (hidden < 2) return "*".repeat(text.length);
  return text.slice(0, 3) + "*".repeat(hidden) + text.slice(-4);
}

function refused(reason: string): { valid: false; reason: string } {
  return { valid: false, reason };
}
