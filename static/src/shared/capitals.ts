// Amounts in Chinese capitals, the twin of server/domain/chinese/amounts.py; both are held to
// tests/cases/capitals.json.

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"] as const;
const SECTIONS = [
  [100_000_000, "亿"],
  [10_000, "万"],
] as const;

/** One trillion yuan in fen, the most the ledger holds; every whole fen below is a safe integer. */
export const MAX_FEN = 100_000_000_000_000;

/** Write whole fen: 12345 is 壹佰贰拾叁元肆角伍分. Throws RangeError for what is no such amount. */
export function capitals(fen: number): string {
  if (!Number.isSafeInteger(fen) || Math.abs(fen) > MAX_FEN) {
    throw new RangeError("amount");
  }
  const positive = Math.abs(fen);
  const yuan = Math.floor(positive / 100);
  const text = withCoins(yuan, Math.floor(positive / 10) % 10, positive % 10);
  return fen < 0 ? `负${text}` : text;
}

function withCoins(yuan: number, jiao: number, fen: number): string {
  let text = yuan ? `${whole(yuan)}元` : "";
  if (jiao) {
    text += `${yuan && yuan % 10 === 0 ? "零" : ""}${digit(jiao)}角`;
  }
  if (!fen) {
    return `${text || "零元"}整`;
  }
  return `${text}${yuan && !jiao ? "零" : ""}${digit(fen)}分`;
}

/** A positive whole number, sections of four digits joined by 万 and 亿. */
function whole(number: number): string {
  for (const [size, name] of SECTIONS) {
    if (number >= size) {
      const low = number % size;
      const gap = low && low < size / 10 ? "零" : "";
      return `${whole(Math.floor(number / size))}${name}${gap}${low ? whole(low) : ""}`;
    }
  }
  return fourDigits(number);
}

function fourDigits(number: number): string {
  let text = "";
  for (let place = 3; place >= 0; place -= 1) {
    const unit = 10 ** place;
    const here = Math.floor(number / unit) % 10;
    if (here) {
      text += digit(here) + (PLACES[place] ?? "");
    } else if (text && number % unit && !text.endsWith("零")) {
      text += "零";
    }
  }
  return text;
}

function digit(value: number): string {
  return DIGITS.charAt(value);
}
