/**
 * What was typed into a form, read into values, with each refusal at its field.
 *
 * A refusal is a code with its values; the templates have the sentence. What was typed is kept as
 * it was typed, so that a form that comes back loses nothing.
 */
import { fenOf } from "../../shared/amounts";
import { isoDate } from "../../shared/dates";

export type Fault = { code: string } & Record<string, string | number>;

export interface FormState {
  values: Record<string, string>;
  errors: Record<string, Fault>;
}

/** Characters of a note, a finding, what a customer said. */
export const MAX_WORDS = 2000;
/** Characters of a name, a place of work. */
export const MAX_LINE = 200;
const MAX_AMOUNT = 100_000_000_000_000;
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u2028\u2029\u2060\ufeff]/g;

export class Entered {
  readonly state: FormState = { values: {}, errors: {} };

  constructor(form: FormData) {
    for (const [name, value] of form) {
      if (typeof value === "string") this.state.values[name] ??= value;
    }
  }

  get stands(): boolean {
    return Object.keys(this.state.errors).length === 0;
  }

  /** The first refusal of a field is the one that is shown. */
  refuse(name: string, code: string, more: Record<string, string | number> = {}): void {
    this.state.errors[name] ??= { code, ...more };
  }

  raw(name: string): string {
    return this.state.values[name] ?? "";
  }

  /** One line of words. */
  line(name: string, required = false, limit = MAX_LINE): string {
    const text = this.raw(name).replace(UNSEEN, "").replace(/\s+/g, " ").trim();
    return this.within(name, text, required, limit);
  }

  /** Several lines of words. */
  words(name: string, required = false, limit = MAX_WORDS): string {
    const text = this.raw(name).replaceAll("\r\n", "\n").replace(UNSEEN, "").trim();
    return this.within(name, text, required, limit);
  }

  /** One of the allowed codes; the first of them when nothing was sent and none is required. */
  code<Code extends string>(name: string, allowed: readonly Code[]): Code | "" {
    const found = allowed.find((each) => each === this.raw(name));
    if (found === undefined) this.refuse(name, this.raw(name) === "" ? "choose" : "unknown");
    return found ?? "";
  }

  /** Whole fen above nothing; 0 when it is refused. */
  amount(name: string): number {
    const text = this.raw(name).trim();
    const fen = fenOf(text);
    if (text === "") this.refuse(name, "amount_missing");
    else if (fen === null) this.refuse(name, "amount");
    else if (fen <= 0) this.refuse(name, "amount_positive");
    else if (fen > MAX_AMOUNT) this.refuse(name, "amount_large");
    else return fen;
    return 0;
  }

  /** A civil date, null when nothing is typed; refused when it is none. */
  day(name: string, required = false): string | null {
    const text = this.raw(name).trim();
    if (text === "") {
      if (required) this.refuse(name, "day_missing");
      return null;
    }
    const day = isoDate(text);
    if (day === null) this.refuse(name, "day");
    return day;
  }

  private within(name: string, text: string, required: boolean, limit: number): string {
    if (required && text === "") this.refuse(name, "missing");
    if (text.length > limit) this.refuse(name, "too_long", { limit });
    return text;
  }
}

/** A form as it is first shown. */
export function blank(values: Record<string, string> = {}): FormState {
  return { values, errors: {} };
}
