// Format codes of dates in Trino, as DuckDB's strftime and strptime write them. A code that has no equal there is `undefined`.

/** As MySQL writes them: `%Y-%m-%d %H:%i:%s`. @see https://trino.io/docs/current/functions/datetime.html - MySQL date functions */
const mysqlCodes: Readonly<Record<string, string>> = {
  ...{ a: '%a', b: '%b', c: '%-m', d: '%d', e: '%-d', f: '%f', H: '%H', h: '%I', I: '%I', i: '%M', j: '%j' },
  ...{ k: '%-H', l: '%-I', M: '%B', m: '%m', p: '%p', r: '%I:%M:%S %p', S: '%S', s: '%S', T: '%H:%M:%S' },
  ...{ v: '%V', W: '%A', x: '%G', Y: '%Y', y: '%y', '%': '%%' },
}

/** As Java's Joda-Time writes them: `yyyy-MM-dd`. */
const jodaCodes: Readonly<Record<string, string>> = {
  ...{ y: '%Y', yy: '%y', yyy: '%Y', yyyy: '%Y', Y: '%Y', YYYY: '%Y', x: '%G', xxxx: '%G', w: '%-V', ww: '%V' },
  ...{ M: '%-m', MM: '%m', MMM: '%b', MMMM: '%B', d: '%-d', dd: '%d', D: '%-j', DDD: '%j' },
  ...{ e: '%u', E: '%a', EE: '%a', EEE: '%a', EEEE: '%A', a: '%p' },
  ...{ H: '%-H', HH: '%H', h: '%-I', hh: '%I', m: '%-M', mm: '%M', s: '%-S', ss: '%S', SSS: '%g', SSSSSS: '%f' },
  ...{ Z: '%z', ZZ: '%z', ZZZ: '%Z', z: '%Z' },
}

/** @throws RangeError for a code that is not supported; its message is the code. */
export function fromMysqlFormat(format: string): string {
  return format.replace(/%(.?)/gsu, (found, code: string) => {
    const equal = mysqlCodes[code]
    if (equal === undefined) throw new RangeError(found)
    return equal
  })
}

/** @throws RangeError for a code that is not supported; its message is the code. */
export function fromJodaFormat(format: string): string {
  return format.replace(/'((?:[^']|'')*)'|([a-zA-Z])\2*|%/g, (found, quoted: string | undefined) => {
    if (found === '%') return '%%'
    // Two quotes are one, within a quotation and without.
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'").replaceAll('%', '%%')
    const equal = jodaCodes[found]
    if (equal === undefined) throw new RangeError(found)
    return equal
  })
}
