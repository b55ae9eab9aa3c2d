/** The service worker of the field app. */
import { templates } from "field/templates";
import { assets } from "field/assets";
import { render } from "./runtime";

export const built = { templates, assets, render };
