// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";

import { keyed, standing, startAmounts } from "../../../static/src/field/amounts";

describe("a key of the number pad", () => {
  it.each([
    ["", "5", "5"],
    ["5", "0", "50"],
    ["0", "7", "7"],
    ["", "00", "0"],
    ["12", "00", "1200"],
    ["", ".", "0."],
    ["12", ".", "12."],
    ["12.5", ".", "12.5"],
    ["12.", "5", "12.5"],
    ["12.34", "5", "12.34"],
    ["12.3", "00", "12.3"],
    ["1,560.00", "5", "1560.00"],
    ["1234567890123", "4", "1234567890123"],
    ["12.5", "back", "12."],
    ["", "back", ""],
    ["12.5", "clear", ""],
  ])("on %j, %s gives %j", (text, key, expected) => {
    expect(keyed(text, key)).toBe(expected);
  });
});

describe("an amount beside what is owed", () => {
  it.each([
    [100, 100, 900, "Full"],
    [99, 100, 900, "Part"],
    [101, 100, 900, "More"],
    [901, 100, 900, "Payoff"],
    [5, 0, 900, ""],
    [0, 100, 900, ""],
  ])("%d of %d due and %d to settle is %j", (fen, due, payoff, expected) => {
    expect(standing(fen, due, payoff)).toBe(expected);
  });
});

describe("the amount field", () => {
  beforeEach(() => {
    document.body.innerHTML = `<form>
      <input id="f-amount" data-amount data-pad="pad">
      <output id="f-amount-words" data-due="156000" data-payoff="850000" data-text-full="all" data-text-part="part"></output>
      <button type="button" data-fill="156000">due</button>
      <div id="pad"><button type="button" data-key="5">5</button></div></form>`;
    startAmounts(document);
  });

  const words = () => document.getElementById("f-amount-words")?.textContent;

  it("shows separators and capitals as the pad is pressed", () => {
    document.querySelector<HTMLElement>("[data-key]")?.click();

    expect(words()).toBe("5.00 · 伍元整part");
  });

  it("takes a sum with one tap", () => {
    document.querySelector<HTMLElement>("[data-fill]")?.click();

    expect(document.querySelector<HTMLInputElement>("input")?.value).toBe("1,560.00");
    expect(words()).toBe("1,560.00 · 壹仟伍佰陆拾元整all");
  });

  it("says nothing of what is no amount", () => {
    const input = document.querySelector<HTMLInputElement>("input");
    if (input) input.value = "abc";
    input?.dispatchEvent(new Event("input", { bubbles: true }));

    expect(words()).toBe("");
  });
});
