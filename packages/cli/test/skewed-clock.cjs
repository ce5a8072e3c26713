// Preloaded into a process whose clock is to be wrong by SKEW_MS milliseconds.
const skewMs = Number(process.env.SKEW_MS ?? 0);
const now = Date.now.bind(Date);
const TrueDate = Date;
globalThis.Date = class extends TrueDate {
  constructor(...parts) {
    if (parts.length === 0) super(now() + skewMs);
    else super(...parts);
  }
  static now() {
    return now() + skewMs;
  }
};
