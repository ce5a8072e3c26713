// Preloaded into a process whose clock is to be wrong by SKEW_MS milliseconds, or by as many as the file
// SKEW_FILE says, which may change.
const { existsSync, readFileSync } = require('node:fs');

const file = process.env['SKEW_FILE'] ?? '';
let skewMs = Number(process.env['SKEW_MS'] ?? 0);
function look() {
  skewMs = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}
if (file !== '') {
  look();
  setInterval(look, 100).unref();
}
const now = Date.now.bind(Date);
Date.now = () => now() + skewMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, parts, as) => Reflect.construct(target, parts.length === 0 ? [Date.now()] : parts, as),
});
