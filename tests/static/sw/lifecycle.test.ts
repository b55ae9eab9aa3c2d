/// <reference path="../../../static/src/sw/built.d.ts" />
import { beforeEach, expect, test, vi } from "vitest";
import { assets } from "field/assets";

/** The browser's store of answers, as far as the worker uses it. */
class FakeCaches {
  readonly all = new Map<string, Map<string, Response>>();

  async open(name: string) {
    const held = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, held);
    return {
      addAll: async (urls: string[]) => urls.forEach((url) => held.set(url, new Response(url))),
      put: async (url: string, answer: Response) => void held.set(url, answer),
      keys: async () => [...held.keys()].map((url) => ({ url: new URL(url, location.href).href })),
    };
  }

  async keys() {
    return [...this.all.keys()];
  }

  async match(url: string) {
    return [...this.all.values()].map((held) => held.get(url)).find(Boolean)?.clone();
  }

  get urls(): string[] {
    return [...this.all.values()].flatMap((held) => [...held.keys()]);
  }
}

const english = assets.files["field-en.json"] as string;
let store: FakeCaches;

beforeEach(() => {
  vi.resetModules();
  store = new FakeCaches();
  vi.stubGlobal("caches", store);
  vi.stubGlobal("location", new URL("https://bank.example/sw.js"));
  vi.stubGlobal("fetch", async (url: string) => new Response(url));
});

const lifecycle = () => import("../../../static/src/sw/lifecycle");

test("a first load does without the English sentences, and fetches them when there is time", async () => {
  const { complete, install } = await lifecycle();
  await install();
  expect(store.urls).toContain(assets.files["field.js"]);
  expect(store.urls).not.toContain(english);
  await complete();
  expect(store.urls).toContain(english);
});

test("a new version brings English along where the older one had it", async () => {
  await (await store.open("taizhang-before")).put(english.replace(/-[0-9a-f]+\.json/, "-0123456789.json"), new Response("{}"));
  await (await lifecycle()).install();
  expect(store.urls).toContain(english);
});

test("without a network English is not there, and it is asked for again later", async () => {
  const { complete, install, kept } = await lifecycle();
  await install();
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("no network")));
  await complete();
  await expect(kept(english)).rejects.toThrow();
  vi.stubGlobal("fetch", async (url: string) => new Response(url));
  await complete();
  expect(store.urls).toContain(english);
});

test("an answer that is an error is not kept", async () => {
  const { kept } = await lifecycle();
  vi.stubGlobal("fetch", async () => new Response("", { status: 502 }));
  await kept(english);
  expect(store.urls).not.toContain(english);
});
