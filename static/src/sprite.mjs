// One SVG file of the Lucide icons in use, each a <symbol> under its name.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const icons = path.join(
  path.dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")),
  "icons",
);

/** The text of a sprite of the named icons; fails on a name the set does not have. */
export async function spriteOf(names) {
  const symbols = await Promise.all([...new Set(names)].sort().map(symbolOf));
  return `<!-- Icons by Lucide, ISC licence --><svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

async function symbolOf(name) {
  const svg = await readFile(path.join(icons, `${name}.svg`), "utf8");
  const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  const tight = drawing.replace(/\s+/g, " ").replace(/> </g, "><").replace(/ \/>/g, "/>").trim();
  // The stroke is given here because styles of the page do not reach every engine's <use>.
  return (
    `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
    `stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${tight}</symbol>`
  );
}
