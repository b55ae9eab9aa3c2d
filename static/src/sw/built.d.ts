// What the build makes for the worker; bundlers find it by the names of static/src/aliases.mjs.
declare module "field/templates" {
  export const templates: import("./runtime").Templates;
}

declare module "field/assets" {
  /** The built files that a device keeps: logical name to URL, those it may do without at first, and a mark of this build. */
  export const assets: { version: string; files: Record<string, string>; later: string[] };
}
