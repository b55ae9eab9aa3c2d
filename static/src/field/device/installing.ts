/** Installing the app: offered once something was recorded here, never on the first page. */

interface InstallEvent extends Event {
  prompt(): Promise<void>;
}

let offered: InstallEvent | null = null;

/** `[data-device="install"]` shows when the browser offers it, `[data-device="install-ios"]` on iOS. */
export function startInstalling(page: Document): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered = event as InstallEvent;
    show(page);
  });
  addEventListener("appinstalled", () => {
    offered = null;
    show(page);
  });
  page.addEventListener("htmx:after:process", () => show(page));
  page.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-device='install'] button")) void offered?.prompt();
  });
  show(page);
}

function show(page: Document): void {
  const isInstalled = matchMedia("(display-mode: standalone)").matches;
  // Safari has no prompt: there the way is told in words.
  const isIos = /iPhone|iPad/.test(navigator.userAgent);
  for (const place of page.querySelectorAll<HTMLElement>("[data-device='install']")) place.hidden = offered === null || isInstalled;
  for (const place of page.querySelectorAll<HTMLElement>("[data-device='install-ios']")) place.hidden = !isIos || isInstalled;
}
