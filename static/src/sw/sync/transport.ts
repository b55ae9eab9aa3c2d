/** One request to the server at a time, with a limit of 30 seconds and patience with a bad link. */
import { askedPause, pauseBefore } from "./pausing";
import { Refusal, Trouble } from "./trouble";

export const LIMIT_MS = 30_000;
const TRIES = 6;

export interface World {
  fetch(url: string, init: RequestInit): Promise<Response>;
  now(): number;
  random(): number;
  sleep(ms: number): Promise<void>;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: BodyInit;
  /** Told of each timeout, before the next try. */
  slow?: () => void;
  tries?: number;
}

export class Transport {
  csrf = "";

  constructor(private readonly world: World) {}

  async json<T>(path: string, asked: Asked = {}): Promise<T> {
    return (await this.send(path, asked, (answer) => answer.json())) as T;
  }

  async headers(path: string, asked: Asked): Promise<Headers> {
    return this.send(path, asked, async (answer) => answer.headers);
  }

  /**
   * Ask until there is an answer, a few times. Throws Trouble, or Refusal for what the server
   * refuses. Every request may be repeated: an answer that was cut off is asked for again.
   */
  private async send<T>(path: string, asked: Asked, read: (answer: Response) => Promise<T>): Promise<T> {
    const tries = asked.tries ?? TRIES;
    for (let retry = 0; ; retry += 1) {
      try {
        return await this.once(path, asked, read);
      } catch (failure) {
        if (!(failure instanceof Trouble) || !failure.isPassing || retry + 1 >= tries) throw failure;
        if (failure.code === "timeout") asked.slow?.();
        await this.world.sleep(pauseBefore(retry, failure.pauseMs, this.world.random));
      }
    }
  }

  private async once<T>(path: string, asked: Asked, read: (answer: Response) => Promise<T>): Promise<T> {
    const { method = "GET", headers = {}, body } = asked;
    const init: RequestInit = {
      method,
      headers: { Accept: "application/json", "X-CSRFToken": this.csrf, ...headers },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(LIMIT_MS),
    };
    try {
      const answer = await this.world.fetch(path, body === undefined ? init : { ...init, body });
      if (answer.ok) return await read(answer);
      throw await this.refused(answer);
    } catch (failure) {
      if (failure instanceof Trouble || failure instanceof Refusal) throw failure;
      throw new Trouble(isTimeout(failure) ? "timeout" : "network");
    }
  }

  private async refused(answer: Response): Promise<Trouble | Refusal> {
    if (answer.status === 401) return new Trouble("sign_in");
    const pause = askedPause(answer.headers.get("Retry-After"), this.world.now());
    if (answer.status === 429 || answer.status === 503) return new Trouble("busy", pause);
    if (answer.status >= 500) return new Trouble("server", pause);
    const said: unknown = await answer.json().catch(() => ({}));
    return new Refusal(answer.status, said as Record<string, unknown>);
  }
}

function isTimeout(failure: unknown): boolean {
  return failure instanceof DOMException && (failure.name === "TimeoutError" || failure.name === "AbortError");
}
