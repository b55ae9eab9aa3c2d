/** The customer signs on the screen, with a finger or a pen. */
import { whenOn, whenShown } from "../page/listening";
import { showToast } from "../page/toasts";
import { later } from "./drafts";
import { blobOf, hand } from "./pictures";

const WIDTH = 5;

export function startSignature(page: Document): void {
  whenShown(page, () => {
    for (const canvas of page.querySelectorAll<HTMLCanvasElement>(".sign__canvas:not([data-ready])")) prepare(canvas);
  });
  whenOn<HTMLElement>(page, "click", "[data-sign-clear]", clear);
  whenOn<HTMLElement>(page, "click", "[data-sign-done]", (button) => void keep(button));
}

function prepare(canvas: HTMLCanvasElement): void {
  canvas.dataset["ready"] = "";
  const pen = canvas.getContext("2d");
  if (!pen) return;
  Object.assign(pen, { lineWidth: WIDTH, lineCap: "round", lineJoin: "round", strokeStyle: "#101820" });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.dataset["signed"] = "";
    pen.beginPath();
    pen.moveTo(...pointOf(canvas, event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(...pointOf(canvas, event));
    pen.stroke();
  });
}

function pointOf(canvas: HTMLCanvasElement, event: PointerEvent): [number, number] {
  const box = canvas.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * canvas.width;
  return [x, ((event.clientY - box.top) / box.height) * canvas.height];
}

function clear(button: HTMLElement): void {
  const part = button.closest("[data-sign]");
  const canvas = part?.querySelector<HTMLCanvasElement>("canvas");
  canvas?.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
  if (canvas) delete canvas.dataset["signed"];
  part?.querySelector("[data-sign-list]")?.replaceChildren();
}

async function keep(button: HTMLElement): Promise<void> {
  const part = button.closest<HTMLElement>("[data-sign]");
  const canvas = part?.querySelector("canvas");
  const list = part?.querySelector("[data-sign-list]");
  if (!part || !canvas || !list || canvas.dataset["signed"] === undefined) return;
  try {
    await hand(list, await blobOf(canvas, "image/png"), "signature");
    const form = part.closest("form");
    if (form) later(form);
  } catch {
    showToast(part.ownerDocument, part.dataset["textFailed"] ?? "", undefined, "bad");
  }
}
