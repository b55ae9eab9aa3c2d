/** Amounts as people type them, read into whole fen, and written with separators. */

const PLAIN = /^(-?)(\d{1,13})(?:\.(\d{1,2}))?$/;
const IN_TEN_THOUSANDS = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?万$/;

/** Whole fen, or null when the text is not an amount in yuan with at most two decimals. */
export function fenOf(typed: string): number | null {
  const text = typed
    .normalize("NFKC")
    .replace(/[\s,，¥￥]/g, "")
    .replace(/(元整?|圆整?)$/, "");
  const plain = PLAIN.exec(text);
  if (plain) return signed(plain[1], `${plain[2]}${(plain[3] ?? "").padEnd(2, "0")}`);
  const large = IN_TEN_THOUSANDS.exec(text);
  if (large) return signed(large[1], `${large[2]}${(large[3] ?? "").padEnd(6, "0")}`);
  return null;
}

/** `100000` fen as `1,000.00`. */
export function groupedYuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  const yuan = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "-" : ""}${yuan}.${digits.slice(-2)}`;
}

function signed(sign: string | undefined, digits: string): number | null {
  const fen = Number(digits) * (sign ? -1 : 1);
  return Number.isSafeInteger(fen) ? fen : null;
}
