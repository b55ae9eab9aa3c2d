/** The check code of a receipt: the desk makes the same from the device's key and the amounts. */

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LENGTH = 10;

export interface Receipt {
  repaymentId: string;
  contractNo: string;
  /** Fen. */
  amount: number;
  paidOn: string;
}

export async function checkCode(key: ArrayBuffer, receipt: Receipt): Promise<string> {
  const signer = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const { repaymentId, contractNo, amount, paidOn } = receipt;
  const text = `receipt 1\n${repaymentId}\n${contractNo}\n${amount}\n${paidOn}`;
  const mark = await crypto.subtle.sign("HMAC", signer, new TextEncoder().encode(text));
  return base32(new Uint8Array(mark)).slice(0, LENGTH);
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32.charAt(parseInt(five, 2))).join("");
}
