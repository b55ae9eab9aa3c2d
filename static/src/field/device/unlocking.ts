/** The unlock page, and a new PIN on the settings page. */
import type { Unlocked } from "../../sw/device";
import { clear, field, tell, whileBusy } from "./forms";
import { keep } from "./keeping";
import { ask } from "./worker";

export async function unlock(form: HTMLFormElement): Promise<void> {
  await whileBusy(form, async () => {
    const secret = field(form, "secret");
    if (!secret) return;
    const answer = await ask<Unlocked>({ ask: "unlock", userId: field(form, "user"), secret });
    clear(form);
    if (answer.ok) {
      keep(answer.kept);
      goOn(form);
    } else if (answer.why === "wrong") tell(form, "wrong", { left: answer.left });
    else if (answer.why === "wiped") location.reload();
    else tell(form, answer.why);
  });
}

/** To what was asked for; a form that was posted while it was locked is posted again. */
function goOn(form: HTMLFormElement): void {
  const held = form.ownerDocument.querySelector<HTMLFormElement>("form[data-device='held']");
  if (held) held.submit();
  else location.replace(form.dataset["next"] ?? "/field/");
}

export async function changeSecret(form: HTMLFormElement): Promise<void> {
  await whileBusy(form, async () => {
    const secrets = { old: field(form, "old"), new: field(form, "secret"), kind: kindOf(form) };
    if (secrets.new !== field(form, "again")) return tell(form, "differs");
    const answer = await ask<Unlocked>({ ask: "change_secret", secrets });
    clear(form);
    if (answer.ok) tell(form, "changed");
    else if (answer.why === "wrong") tell(form, "wrong", { left: answer.left });
    else tell(form, answer.why);
  });
}

export function kindOf(form: HTMLFormElement): "pin" | "passphrase" {
  return field(form, "kind") === "passphrase" ? "passphrase" : "pin";
}
