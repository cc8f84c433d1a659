/** A line on standard error that is written over as work goes on; nothing where no terminal would show it. */
export function progressLine(what: string): { show(done: number, total: number): void; end(): void } {
  const { stderr } = process
  let shown = -1
  return {
    show(done, total) {
      const percent = total > 0 ? Math.floor((done / total) * 100) : 100
      if (!stderr.isTTY || percent === shown) return
      shown = percent
      stderr.write(`\r${what} … ${percent} %`)
    },
    end() {
      if (shown >= 0) stderr.write('\r\u001b[K')
    },
  }
}
