/** A line on standard error that is written over as work goes on; nothing where no terminal would show it. */
export function progressLine(what: string) {
  const { stderr } = process
  let shown = ''
  const step = (name: string, done: number, total: number) => {
    const percent = total > 0 ? Math.floor((done / total) * 100) : 100
    const text = `${name} … ${percent} %`
    if (!stderr.isTTY || text === shown) return
    shown = text
    stderr.write(`\r\u001b[K${text}`)
  }
  return {
    show: (done: number, total: number) => step(what, done, total),
    /** Work of several steps, each with a name of its own. */
    step,
    end() {
      if (shown) stderr.write('\r\u001b[K')
    },
  }
}
