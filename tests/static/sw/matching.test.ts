import { expect, test } from "vitest";
import { match } from "../../../static/src/sw/matching";
import type { Route } from "../../../static/src/sw/routes";

const answer = async () => ({ redirect: "/" });
const routes: Route[] = ["/field/customers/:id", "/field/customers/new", "/field/"].map((path) => ({ method: "GET", path, answer }));

test.each([
  ["/field/customers/7", "/field/customers/:id", { id: "7" }],
  ["/field/customers/%E5%BC%A0", "/field/customers/:id", { id: "张" }],
  ["/field/customers/new", "/field/customers/new", {}],
  ["/field/", "/field/", {}],
])("%s is answered by %s", (path, expected, names) => {
  const found = match(routes, "GET", path);
  expect(found?.route.path).toBe(expected);
  expect(found?.names).toEqual(names);
});

test.each(["/field/customers/", "/field/customers/7/more", "/field", "/"])("%s is answered by none", (path) => {
  expect(match(routes, "GET", path)).toBeNull();
});

test("a form is answered by its own route alone", () => {
  expect(match(routes, "POST", "/field/customers/new")).toBeNull();
});
