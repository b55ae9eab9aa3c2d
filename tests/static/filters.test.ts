// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { tellConditions } from "../../static/src/page/filters";

test("the line before folded filters says each condition as a person reads it", () => {
  document.body.innerHTML = `
    <span data-conditions-of="f">2 项条件</span>
    <form id="f">
      <input class="input" name="q" value=" 张 ">
      <select class="input" name="status"><option value="">全部</option><option value="OVERDUE" selected>逾期</option></select>
      <select class="input" name="branch"><option value="" selected>全部</option></select>
      <label class="choice"><input type="checkbox" name="incomplete" checked><span>只看资料不全的</span></label>
    </form>`;
  tellConditions(document);
  expect(document.querySelector("span")?.textContent).toBe("张 · 逾期 · 只看资料不全的");
});
