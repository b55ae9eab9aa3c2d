/** Asking the worker for a page, as the browser would for a link or a form. */

export interface Asked {
  address: string;
  form?: HTMLFormElement;
  submitter?: HTMLElement | null;
  /** It is the same page with more on it. */
  stays?: boolean;
}

export interface Answer {
  /** Where the page is in the end: a form leads to another. */
  address: string;
  page: Document;
  /** It is one of the unlocked app, with its bars. */
  isFollowed: boolean;
}

/** Throws where there is no answer, or none that is a page. */
export async function fetched(asked: Asked, signal: AbortSignal): Promise<Answer> {
  const answer = await fetch(...requestOf(asked, signal));
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) throw new TypeError("no page");
  const { pathname, search } = new URL(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { address: pathname + search, page, isFollowed: page.body.matches("[data-follow]") };
}

function requestOf({ address, form, submitter }: Asked, signal: AbortSignal): [string, RequestInit] {
  const headers = { Accept: "text/html" };
  if (!form) return [withoutMark(address), { headers, signal }];
  const data = new FormData(form);
  const { name, value } = (submitter ?? {}) as HTMLButtonElement;
  if (name) data.append(name, value);
  const texts = new URLSearchParams([...data].filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  if (form.method !== "post") return [`${withoutMark(address).split("?")[0]}?${texts}`, { headers, signal }];
  const body = form.enctype === "multipart/form-data" ? data : texts;
  return [withoutMark(address), { method: "POST", headers, body, signal }];
}

function withoutMark(address: string): string {
  const { pathname, search } = new URL(address, location.href);
  return pathname + search;
}
