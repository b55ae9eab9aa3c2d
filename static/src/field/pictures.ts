/** Pictures on their way from a camera or a canvas to the worker. */

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

/**
 * A photo drawn anew: at most 1,600 points wide or high, and free of what the camera wrote into
 * it (place, device, time). Throws for what is no picture.
 */
export async function redrawn(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return blobOf(canvas, "image/jpeg");
}

export function blobOf(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), type, QUALITY);
  });
}

/** The worker could not keep it: no room is left, or somebody locked the app meanwhile. */
export class NotKept extends Error {}

/**
 * Give a picture to the worker, and its line to the list; false when it was refused. Throws NotKept
 * where the answer is another page than such a line.
 */
export async function hand(list: Element, picture: Blob, field: string): Promise<boolean> {
  const body = new FormData();
  body.set("photo", picture, field);
  body.set("field", field);
  const answer = await fetch("/field/photos", { method: "POST", body });
  const told = document.createElement("template");
  told.innerHTML = await answer.text();
  const line = told.content.firstElementChild;
  if (!line?.matches("li.photo")) throw new NotKept();
  list.append(line);
  return answer.ok;
}
