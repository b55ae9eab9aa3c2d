/**
 * What compiled field templates stand on: Jinja2's meaning of values, in a few functions.
 *
 * The templates are compiled by `python -m server.field.compiler`; contexts are JSON. What Jinja2
 * would refuse with StrictUndefined throws here, so a page is either the same on both sides or an
 * error on both. `undefined` is "there is no such name"; `nothing` is the value of `a if b`
 * without an else, which prints as nothing.
 */
import * as shared from "../shared/filters";

/** Text that is HTML already. */
export class Html {
  constructor(readonly html: string) {}
}

/** What a page speaks with: its language, the bank's zone, the catalogue and the built files. */
export interface Speech {
  language: string;
  zone: string;
  /** msgid to its translation, of a plural the forms; what is missing stands for itself. */
  catalogue: Record<string, string | string[]>;
  /** The URL of a built file by its logical name. */
  asset(name: string): string;
}

export type Values = Record<string, unknown>;
export type BlockBody = (c: Context, depth: number) => string;
export interface Template {
  extends: string | null;
  root(c: Context): string;
  blocks: Record<string, BlockBody>;
}
export type Templates = Record<string, Template>;

export const nothing: unique symbol = Symbol("nothing");

/** The page as HTML. Throws for an unknown template, name or value that cannot be shown. */
export function render(templates: Templates, name: string, data: Values, speech: Speech): string {
  return run(new Context(templates, speech, data), name);
}

function run(c: Context, name: string): string {
  let template = found(c.templates, name);
  const own = (one: Template): void => {
    for (const block of Object.keys(one.blocks)) (c.blocks[block] ??= []).push(one.blocks[block]!);
  };
  own(template);
  let before = "";
  while (template.extends !== null) {
    before += template.root(c);
    template = found(c.templates, template.extends);
    own(template);
  }
  return before + template.root(c);
}

function found(templates: Templates, name: string): Template {
  if (!Object.hasOwn(templates, name)) throw new Error(`no template ${name}`);
  return templates[name]!;
}

/** The names that one template sees. */
export class Context {
  /** What the template has set at its top level. */
  vars: Values = Object.create(null) as Values;
  blocks: Record<string, BlockBody[]> = Object.create(null) as Record<string, BlockBody[]>;
  /** Contexts of the templates whose macros are used, by name. */
  libraries: Record<string, Context> = Object.create(null) as Record<string, Context>;

  constructor(
    readonly templates: Templates,
    readonly speech: Speech,
    readonly data: Values,
  ) {}

  get(name: string): unknown {
    return need(this.soft(name), name);
  }

  soft(name: string): unknown {
    const value = this.vars[name];
    return value === undefined && Object.hasOwn(this.data, name) ? this.data[name] : value;
  }

  all(locals: Values): Values {
    const defined = Object.entries(locals).filter((entry) => entry[1] !== undefined);
    return { ...this.data, ...this.vars, ...Object.fromEntries(defined) };
  }

  block(name: string, depth: number, locals?: Values): string {
    const body = this.blocks[name]?.[depth];
    if (!body) throw new Error(`no block ${name} above`);
    if (!locals) return body(this, depth);
    const c = new Context(this.templates, this.speech, this.all(locals));
    c.blocks = this.blocks;
    c.libraries = this.libraries;
    return body(c, depth);
  }

  include(name: string, locals: Values): string {
    return run(new Context(this.templates, this.speech, this.all(locals)), name);
  }

  /** The same without any name of the page. */
  bare(): Context {
    return new Context(this.templates, this.speech, {});
  }

  /** The context of imported macros under its key; of an import with context made from `data`. */
  library(name: string, key: string, data: Values = {}): Context {
    const known = this.libraries[key];
    if (known) return known;
    const c = new Context(this.templates, this.speech, data);
    if (key === name) c.libraries = this.libraries;
    this.libraries[key] = c;
    found(this.templates, name).root(c);
    return c;
  }

  /** `_()`: HTML, the placeholders escaped. */
  say(msgid: string, values: Values = {}): string {
    const entry = this.told(msgid);
    return filled(Array.isArray(entry) ? entry[0]! : (entry ?? msgid), values);
  }

  /** `ngettext()`; its number is the placeholder `num` too. */
  sayCount(one: string, many: string, num: unknown, values: Values = {}): string {
    const entry = this.told(one);
    const form = whole(num) === 1 ? 0 : 1;
    const text = Array.isArray(entry) ? (entry[form] ?? entry[0]!) : form ? many : one;
    return filled(text, { num, ...values });
  }

  asset(name: unknown): string {
    return this.speech.asset(str(name));
  }

  private told(msgid: string): string | string[] | undefined {
    const { catalogue } = this.speech;
    return Object.hasOwn(catalogue, msgid) ? catalogue[msgid] : undefined;
  }
}

function filled(text: string, values: Values): string {
  return text.replace(/%(?:%|\((\w+)\)([sd]))/g, (_all, name?: string, kind?: string) => {
    if (name === undefined) return "%";
    const value = need(Object.hasOwn(values, name) ? values[name] : undefined, name);
    return kind === "d" ? String(whole(value)) : escape(value);
  });
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};

/** As HTML. */
export function escape(value: unknown): string {
  if (value instanceof Html) return value.html;
  const text = str(value);
  return /[&<>'"]/.test(text) ? text.replace(/[&<>'"]/g, (sign) => ENTITIES[sign]!) : text;
}

/** What `{{ value }}` gives: text, whole numbers and HTML; nothing for null; no other value. */
export function out(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "boolean") throw new TypeError("a truth value cannot be shown");
  return escape(value);
}

/** Python's str() of what a template may join or show. */
export function str(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(whole(value));
  if (value instanceof Html) return value.html;
  if (value === nothing) return "";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  throw new TypeError("a list or an object cannot be shown");
}

export function whole(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new TypeError("not a whole number");
  }
  return value;
}

export function add(a: unknown, b: unknown): number {
  return whole(whole(a) + whole(b));
}

export function subtract(a: unknown, b: unknown): number {
  return whole(whole(a) - whole(b));
}

/** The value, or an error when there is no such name. */
export function need<T>(value: T | undefined, name: unknown): T {
  if (value === undefined) throw new ReferenceError(`${String(name)} is undefined`);
  return value;
}

/** `object.name` and `object[key]`; `undefined` when there is none. */
export function soft(object: unknown, key: unknown): unknown {
  if (Array.isArray(object)) return typeof key === "number" ? object.at(whole(key)) : undefined;
  if (object === nothing) throw new ReferenceError(`${String(key)} of what is undefined`);
  if (!isDict(object) || typeof key !== "string") return undefined;
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function at(object: unknown, key: unknown): unknown {
  return need(soft(object, key), key);
}

function isDict(value: unknown): value is Values {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Html)
  );
}

export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Html) return value.html !== "";
  if (isDict(value)) return Object.keys(value).length > 0;
  return value !== nothing && Boolean(value);
}

/** Jinja2's `and` and `or` give one of their sides. */
export function and(left: unknown, right: () => unknown): unknown {
  return truthy(left) ? right() : left;
}

export function or(left: unknown, right: () => unknown): unknown {
  return truthy(left) ? left : right();
}

/** Whether there is no such name, or it came from an `if` without an else. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === nothing;
}

/** The `default` filter. */
export function given(value: unknown, other: () => unknown): unknown {
  return isMissing(value) ? other() : value;
}

/** `set space.name = value` of a namespace. */
export function put(space: unknown, name: string, value: unknown): void {
  if (!isDict(space)) throw new TypeError("not a namespace");
  space[name] = value;
}

/** Jinja2's `~`. */
export function join(...parts: unknown[]): unknown {
  if (parts.some((part) => part instanceof Html)) return new Html(parts.map(escape).join(""));
  return parts.map(str).join("");
}

export function equal(a: unknown, b: unknown): boolean {
  return plain(a) === plain(b);
}

function plain(value: unknown): unknown {
  if (value instanceof Html) return value.html;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "object" && value !== null) throw new TypeError("lists are not compared");
  return value;
}

/** Less than 0, 0 or more: of two whole numbers, or of two texts by code points. */
export function order(a: unknown, b: unknown): number {
  const [left, right] = [plain(a), plain(b)];
  if (typeof left === "string" && typeof right === "string") return byCodePoints(left, right);
  return whole(left) - whole(right);
}

function byCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const first = left.findIndex((sign, place) => sign !== right[place]);
  if (first < 0) return left.length - right.length;
  return first >= right.length ? 1 : left[first]!.codePointAt(0)! - right[first]!.codePointAt(0)!;
}

export function within(item: unknown, all: unknown): boolean {
  if (Array.isArray(all)) return all.some((one) => equal(one, item));
  if (isDict(all)) return typeof item === "string" && Object.hasOwn(all, item);
  if (typeof item === "string" && typeof all === "string") return all.includes(item);
  throw new TypeError("nothing to look in");
}

/** What a `for` goes over: a list, or the keys of an object. */
export function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (value === nothing) return [];
  if (!isDict(value)) throw new TypeError("not a list");
  const keys = Object.keys(value);
  // JavaScript sorts keys that look like numbers, Python keeps their order.
  if (keys.some((key) => /^\d+$/.test(key))) throw new TypeError("keys that are numbers");
  return keys;
}

/** An item taken apart into as many names. */
export function parts(value: unknown, count: number): unknown[] {
  const items = list(value);
  if (items.length !== count) throw new RangeError(`not ${count} parts`);
  return items;
}

function kept(value: unknown, change: (text: string) => string): unknown {
  return value instanceof Html ? new Html(change(value.html)) : change(str(value));
}

function joined(value: unknown, sign: unknown = ""): unknown {
  const items = list(value);
  const isHtml = sign instanceof Html || items.some((item) => item instanceof Html);
  return isHtml ? new Html(items.map(escape).join(escape(sign))) : items.map(str).join(str(sign));
}

function signs(value: unknown): unknown[] {
  if (value instanceof Html || typeof value === "string") return [...str(value)];
  return list(value);
}

function attributes(value: unknown): unknown {
  if (!isDict(value)) throw new TypeError("not an object");
  let html = "";
  for (const key of list(value) as string[]) {
    const told = value[key];
    if (told === null || told === nothing) continue;
    if (/[\s/>=]/.test(key)) throw new RangeError("attribute");
    html += ` ${escape(key)}="${escape(told)}"`;
  }
  return new Html(html);
}

/** An address part; like Python's quote(), which leaves `/` as it is. */
function quoted(value: unknown): string {
  const text = encodeURIComponent(str(value)).replace(/%2F/g, "/");
  return text.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Python's blanks, which are not quite JavaScript's. */
const BLANK_ENDS = /^(?:[^\S\ufeff]|[\x1c-\x1f\x85])+|(?:[^\S\ufeff]|[\x1c-\x1f\x85])+$/g;

/** The listed filters; those that speak get the language and the zone. */
export const filters = {
  ...shared.filters,
  length: (value: unknown) => signs(value).length,
  first: (value: unknown) => signs(value)[0],
  last: (value: unknown) => signs(value).at(-1),
  join: joined,
  items: (value: unknown) => list(value).map((key) => [key, (value as Values)[key as string]]),
  upper: (value: unknown) => kept(value, (text) => text.toUpperCase()),
  trim: (value: unknown) => kept(value, (text) => text.replace(BLANK_ENDS, "")),
  string: (value: unknown) => (value instanceof Html ? value : str(value)),
  xmlattr: attributes,
  urlencode: quoted,
};
