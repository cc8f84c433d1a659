/** Writes a number as AWS's messages have it: `5.0`, `0.25`, `1.0E7`. */
export function doubleText(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
  }
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** `2023-11-14T22:13:00.000+0000` */
export const zonedTime = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '+0000')

/** Numbers in JSON that are written with a fraction, whatever they are. */
export class Double {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** JSON in which a `Double` is written as AWS writes one. Members that are undefined are left out. */
export function writeJson(value: unknown): string {
  if (value instanceof Double) return doubleText(value.value)
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`).join(',')}}`
}
