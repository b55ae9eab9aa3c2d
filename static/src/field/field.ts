/** The script of the field app's pages: htmx, the device, and helps with what is typed and shown. */
import "htmx.org";
import { startMenus } from "../page/menus";
import { startPrinting } from "../page/printing";
import { startSubmitOnce } from "../page/submit_once";
import { startAmounts } from "./amounts";
import { startAppearance } from "./appearance";
import { startDevice } from "./device/device";
import { startDrafts } from "./drafts";
import { startErrors } from "./errors";
import { startFollowing } from "./following";
import { startMore } from "./more";
import { startNotifying } from "./notifying";
import { startPhotos } from "./photos";
import { startPill } from "./pill";
import { startPosition } from "./position";
import { startReaching } from "./reaching";
import { startReadiness } from "./readiness";
import { startSharing } from "./sharing";
import { startSignature } from "./signature";
import { startUndo } from "./undo";

startDevice(document);
for (const start of [
  startAmounts,
  startAppearance,
  startDrafts,
  startErrors,
  startMenus,
  startMore,
  startNotifying,
  startPhotos,
  startPill,
  startPosition,
  startPrinting,
  startReaching,
  startReadiness,
  startSharing,
  startSignature,
  startSubmitOnce,
  startUndo,
  // After all that may stop a form from being sent.
  startFollowing,
]) {
  start(document);
}
