// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from "vitest";
import { readFields } from "../../static/src/page/draft_fields";
import { draftNames, readDraft, writeDraft } from "../../static/src/page/draft_store";
import { startDrafts } from "../../static/src/page/drafts";

const DAY_MS = 24 * 3600 * 1000;
const FORM = `<form data-draft="visit"><input name="place" value=""><input name="code" value="V1" readonly>
  <input type="checkbox" name="met" value="1"><input type="password" name="secret" value="s">
  <input type="hidden" name="csrf_token" value="t"><div data-no-draft><input name="phone" value="138"></div></form>`;

/** A page as the server sends it: a document of its own, so that no earlier page listens. */
function open(body: string): Document {
  const page = document.implementation.createHTMLDocument("page");
  page.body.innerHTML = `${body}<div id="toasts"></div>`;
  page.body.dataset["textDraft"] = "restored";
  page.body.dataset["textDiscard"] = "discard";
  startDrafts(page);
  return page;
}

function type(page: Document, text: string): void {
  const input = page.querySelector<HTMLInputElement>("[name=place]");
  if (!input) throw new Error("the form has no place");
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function send(page: Document): void {
  page.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true }));
}

const placeOn = (page: Document) => page.querySelector<HTMLInputElement>("[name=place]")?.value;

beforeEach(() => localStorage.clear());

test("secrets, hidden fields and parts marked so are never kept", () => {
  const form = open(FORM).querySelector("form");
  expect(form && readFields(form)).toEqual([
    ["place", ""],
    ["code", "V1"],
  ]);
});

test("what was typed comes back after the page was lost", () => {
  type(open(FORM), "village");
  const again = open(FORM);
  expect(placeOn(again)).toBe("village");
  expect(again.querySelector(".toast p")?.textContent).toBe("restored");
});

test("discarding puts the form back as the server sent it", () => {
  type(open(FORM), "village");
  const again = open(FORM);
  again.querySelector<HTMLButtonElement>(".toast button")?.click();
  expect(placeOn(again)).toBe("");
  expect(draftNames()).toEqual([]);
});

describe("after sending", () => {
  test("the draft goes when another page answers", () => {
    const page = open(FORM);
    type(page, "village");
    send(page);
    open("<p>saved</p>");
    expect(draftNames()).toEqual([]);
  });

  test("the draft goes when the same form answers with success", () => {
    const page = open(FORM);
    type(page, "village");
    send(page);
    expect(placeOn(open(`<div id="notices"><p class="notice--good"></p></div>${FORM}`))).toBe("");
  });

  test("the draft stays when the network broke and the form is opened again", () => {
    const page = open(FORM);
    type(page, "village");
    send(page);
    expect(placeOn(open(FORM))).toBe("village");
  });

  test("a form that came back with errors is left as the server filled it", () => {
    const page = open(FORM);
    type(page, "village");
    send(page);
    expect(placeOn(open(FORM.replace('value=""', 'value="town" aria-invalid="true"')))).toBe("town");
  });
});

test("a draft older than a week is forgotten", () => {
  writeDraft("visit", { at: Date.now() - 8 * DAY_MS, sent: false, fields: [["place", "old"]] });
  expect(readDraft("visit", Date.now())).toBeNull();
  expect(draftNames()).toEqual([]);
});

test("spoilt storage is no reason to fail", () => {
  localStorage.setItem("draft:visit", "{");
  expect(placeOn(open(FORM))).toBe("");
});
