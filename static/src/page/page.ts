/** The script of every desk page: htmx, and small helps that a page does without. */
import "htmx.org";
import { startAppearance } from "./appearance";
import { startBulk } from "./bulk";
import { startCapitals } from "./capitals_line";
import { startChoiceKeys } from "./choice_keys";
import { startCopying } from "./copying";
import { startDateFields } from "./date_fields";
import { startDialogs } from "./dialogs";
import { startDrafts } from "./drafts";
import { startFilters } from "./filters";
import { startMenus } from "./menus";
import { startNotifying } from "./notifying";
import { startPrinting } from "./printing";
import { startRequestNotices } from "./request_notices";
import { startReveals } from "./reveals";
import { startRowKeys } from "./row_keys";
import { startSubmitOnce } from "./submit_once";

for (const start of [
  startAppearance,
  startBulk,
  startCapitals,
  startChoiceKeys,
  startCopying,
  startDateFields,
  startDialogs,
  startDrafts,
  startFilters,
  startMenus,
  startNotifying,
  startPrinting,
  startRequestNotices,
  startReveals,
  startRowKeys,
  startSubmitOnce,
]) {
  start(document);
}
