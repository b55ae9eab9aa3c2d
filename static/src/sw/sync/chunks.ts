/** The twin of sync/chunks.py: how much to send or ask for next, learned from the link. */

const KIB = 1024;
const LEAST = 16 * KIB;
const MOST = 256 * KIB;
const QUICK_MS = 5_000;
const QUICK_TO_GROW = 2;

export class ChunkSize {
  size = 64 * KIB;
  private quick = 0;

  afterTimeout(): void {
    this.size = Math.max(LEAST, Math.floor(this.size / 2));
    this.quick = 0;
  }

  /** Double after two quick answers in a row. */
  after(tookMs: number): void {
    this.quick = tookMs < QUICK_MS ? this.quick + 1 : 0;
    if (this.quick < QUICK_TO_GROW) return;
    this.size = Math.min(MOST, this.size * 2);
    this.quick = 0;
  }

  /** The server takes no more than this. */
  atMost(limit: number): void {
    this.size = Math.min(this.size, limit);
  }

  get isLeast(): boolean {
    return this.size <= LEAST;
  }
}
