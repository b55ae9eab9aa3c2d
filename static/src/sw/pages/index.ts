/** All pages of the field app. A more exact path stands before one with names in it. */
import type { Route } from "../routes";
import { callRoutes } from "./call";
import { contactRoutes } from "./contacts";
import { customerRoutes } from "./customer";
import { draftRoutes } from "./drafts";
import { feedbackRoutes } from "./feedback";
import { loanRoutes } from "./loan";
import { newCustomerRoutes } from "./new_customer";
import { noticeRoutes } from "./notices";
import { orderRoutes } from "./order";
import { payRoutes } from "./pay";
import { photoRoutes } from "./photos";
import { promiseRoutes } from "./promise";
import { readyRoutes } from "./ready";
import { receiptRoutes } from "./receipt";
import { searchRoutes } from "./search";
import { settingsRoutes } from "./settings";
import { framed } from "./shell";
import { syncRoutes } from "./sync";
import { takingsRoutes } from "./takings";
import { todayRoutes } from "./today";
import { undoRoutes } from "./undo";
import { visitRoutes } from "./visit";

export const routes: Route[] = [
  ...section("today", todayRoutes, orderRoutes, loanRoutes, undoRoutes),
  ...section("pay", payRoutes, receiptRoutes),
  ...section("customers", newCustomerRoutes, searchRoutes, customerRoutes, contactRoutes),
  ...section("customers", visitRoutes, promiseRoutes, callRoutes, feedbackRoutes),
  ...section("takings", takingsRoutes),
  ...section("more", readyRoutes, noticeRoutes, settingsRoutes, syncRoutes),
  ...draftRoutes,
  ...photoRoutes,
];

function section(name: string, ...groups: Route[][]): Route[] {
  return groups.flat().map((route) => framed(route, name));
}
