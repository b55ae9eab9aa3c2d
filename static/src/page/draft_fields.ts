/** What of a form is kept in a draft, and how it is put back. */

const UNKEPT = new Set(["password", "file", "hidden", "submit", "button"]);

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
export type Fields = readonly (readonly [name: string, value: string])[];

/** The kept fields as name and value pairs; an unticked box leaves no pair. */
export function readFields(form: HTMLFormElement): Fields {
  return controls(form)
    .filter((control) => !isChoice(control) || control.checked)
    .map((control) => [control.name, control.value] as const);
}

/** Put pairs back; a box without a pair is unticked, a read-only field stays. */
export function fillFields(form: HTMLFormElement, fields: Fields): void {
  for (const control of controls(form)) {
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (isChoice(control)) control.checked = values.includes(control.value);
    else if (values[0] !== undefined && !control.hasAttribute("readonly")) control.value = values[0];
  }
}

function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(isControl).filter(isKept);
}

function isControl(element: Element): element is Control {
  return ["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName);
}

function isKept(control: Control): boolean {
  return control.name !== "" && !UNKEPT.has(control.type) && !control.closest("[data-no-draft]");
}

function isChoice(control: Control): control is HTMLInputElement {
  return control.type === "checkbox" || control.type === "radio";
}
