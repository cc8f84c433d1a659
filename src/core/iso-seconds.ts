let lastSecond = Number.NaN
let lastText = ''

/** `2026-03-01T12:00:00Z`: UTC, the second that a time is in. */
export function isoSeconds(timeMs: number): string {
  const second = Math.floor(timeMs / 1000)
  // Most times that are printed are the present.
  if (second !== lastSecond) {
    lastText = `${new Date(second * 1000).toISOString().slice(0, -'.000Z'.length)}Z`
    lastSecond = second
  }
  return lastText
}
