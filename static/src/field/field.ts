/** The page script of the field app. */
import { startDevice } from "./device/device";

startDevice(document);
