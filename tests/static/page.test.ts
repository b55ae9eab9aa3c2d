// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { startBulk } from "../../static/src/page/bulk";
import { startDateFields } from "../../static/src/page/date_fields";
import { dropEmpty } from "../../static/src/page/filters";
import { startMenus } from "../../static/src/page/menus";
import { wordFor } from "../../static/src/page/request_notices";
import { press } from "../../static/src/page/row_keys";
import { startSubmitOnce } from "../../static/src/page/submit_once";
import { showToast } from "../../static/src/page/toasts";

const page = document.implementation.createHTMLDocument.bind(document.implementation);

function pageOf(body: string): Document {
  document.body.innerHTML = body;
  return document;
}

function element<T extends HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`nothing on the page is ${selector}`);
  return found;
}

const ROWS = `<table data-rows><tbody>
  <tr><td><input type="checkbox" data-select></td><th><a id="one" href="/1" data-row-link>1</a></th></tr>
  <tr><td><input type="checkbox" data-select></td><th><a id="two" href="/2" data-row-link>2</a></th></tr>
</tbody></table>`;

beforeEach(() => {
  document.body.innerHTML = "";
});

describe("keys in a list", () => {
  test("j steps into the list and on, and stops at the last row", () => {
    pageOf(ROWS);
    expect(press(document, "j")).toBe(true);
    expect(document.activeElement?.id).toBe("one");
    press(document, "j");
    press(document, "j");
    expect(document.activeElement?.id).toBe("two");
  });

  test("k goes back, Home and End go to the edges", () => {
    pageOf(ROWS);
    element("#two").focus();
    press(document, "k");
    expect(document.activeElement?.id).toBe("one");
    press(document, "End");
    expect(document.activeElement?.id).toBe("two");
    press(document, "Home");
    expect(document.activeElement?.id).toBe("one");
  });

  test("arrow keys scroll the page until somebody is in the list", () => {
    pageOf(ROWS);
    expect(press(document, "ArrowDown")).toBe(false);
  });

  test("x selects the row one stands on", () => {
    pageOf(ROWS);
    element("#two").focus();
    expect(press(document, "x")).toBe(true);
    expect([...document.querySelectorAll<HTMLInputElement>("[data-select]")].map((box) => box.checked)).toEqual([
      false,
      true,
    ]);
  });

  test("other keys are left to the browser", () => {
    pageOf(ROWS);
    element("#one").focus();
    expect(press(document, "Enter")).toBe(false);
    expect(press(document, "q")).toBe(false);
  });
});

describe("selecting rows", () => {
  test("the box in the head selects all, and the bar counts them", () => {
    const fresh = page("list");
    fresh.body.innerHTML = `<div id="loans"><table><thead><tr><th><input type="checkbox" data-select-all></th></tr></thead>
      <tbody><tr><td><input type="checkbox" data-select></td></tr><tr><td><input type="checkbox" data-select></td></tr></tbody></table></div>
      <form data-bulk="loans"><strong data-bulk-count>0</strong></form>`;
    startBulk(fresh);
    const head = fresh.querySelector<HTMLInputElement>("[data-select-all]");
    if (head) head.checked = true;
    head?.dispatchEvent(new Event("change", { bubbles: true }));
    expect(fresh.querySelector("[data-bulk-count]")?.textContent).toBe("2");
    expect(fresh.querySelector("[data-bulk]")?.hasAttribute("data-some")).toBe(true);
  });
});

test("a date field is put into the standard when it was changed", () => {
  const fresh = page("form");
  fresh.body.innerHTML = `<input id="f-day" data-date value="2024.1.5"><input id="f-bad" data-date value="2023-2-30">`;
  startDateFields(fresh);
  for (const input of fresh.querySelectorAll("input")) input.dispatchEvent(new Event("change", { bubbles: true }));
  expect([...fresh.querySelectorAll("input")].map((input) => input.value)).toEqual(["2024-01-05", "2023-2-30"]);
});

test("a form is sent once, however often the button is pressed", () => {
  const fresh = page("form");
  fresh.body.innerHTML = `<form data-submit-once></form>`;
  startSubmitOnce(fresh);
  const send = () =>
    fresh.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  expect(send()).toBe(true);
  expect(send()).toBe(false);
});

test("filters leave empty fields out of the URL and keep repeated ones", () => {
  const fields = new FormData();
  for (const [name, value] of [["q", ""], ["status", "overdue"], ["cols", "a"], ["cols", "b"]] as const) {
    fields.append(name, value);
  }
  dropEmpty(fields);
  expect([...fields.entries()]).toEqual([
    ["status", "overdue"],
    ["cols", "a"],
    ["cols", "b"],
  ]);
});

test("a click elsewhere closes a menu, a click within does not", () => {
  const fresh = page("menus");
  fresh.body.innerHTML = `<details data-menu open><summary>m</summary><p>in</p></details><p id="out">out</p>`;
  startMenus(fresh);
  const menu = fresh.querySelector("details");
  fresh.querySelector("p")?.dispatchEvent(new Event("click", { bubbles: true }));
  expect(menu?.open).toBe(true);
  fresh.getElementById("out")?.dispatchEvent(new Event("click", { bubbles: true }));
  expect(menu?.open).toBe(false);
});

describe("answers that must not replace a form being filled in", () => {
  test.each([
    [200, null],
    [422, null],
    [409, null],
    [400, "textDenied"],
    [401, "textDenied"],
    [403, "textDenied"],
    [404, "textFailed"],
    [429, "textFailed"],
    [500, "textFailed"],
    [503, "textFailed"],
  ])("%d", (status, word) => expect(wordFor(status)).toBe(word));
});

describe("toasts", () => {
  test("the same text shows once, at most three stand, and each goes by itself", () => {
    vi.useFakeTimers();
    pageOf(`<div id="toasts"></div>`);
    for (const text of ["a", "b", "b", "c", "d"]) showToast(document, text);
    expect([...document.querySelectorAll(".toast p")].map((line) => line.textContent)).toEqual(["b", "c", "d"]);
    vi.advanceTimersByTime(11_000);
    expect(document.querySelectorAll(".toast")).toHaveLength(0);
    vi.useRealTimers();
  });
});
