/** Which route a path belongs to. */
import type { Route } from "./routes";

export interface Match {
  route: Route;
  names: Record<string, string>;
}

/** The first route of the method whose path fits; a route without names stands before one with. */
export function match(routes: readonly Route[], method: string, path: string): Match | null {
  const fitting = routes.flatMap((route) => {
    const names = route.method === method ? namesIn(route.path, path) : null;
    return names ? [{ route, names }] : [];
  });
  return fitting.find(({ names }) => Object.keys(names).length === 0) ?? fitting[0] ?? null;
}

function namesIn(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const names: Record<string, string> = {};
  for (const [place, part] of wanted.entries()) {
    const value = given[place] ?? "";
    if (!part.startsWith(":")) {
      if (part !== value) return null;
    } else if (value === "") return null;
    else names[part.slice(1)] = decodeURIComponent(value);
  }
  return names;
}
