import { daySeconds, hourSeconds, minuteSeconds } from '../../core/durations.ts'
import { askJson, endpointOf, type ServerOptions } from '../server-client.ts'
import { UserError } from '../user-error.ts'

const unitSeconds: Record<string, number> = {
  ...{ s: 1, m: minuteSeconds, h: hourSeconds },
  ...{ d: daySeconds, w: 7 * daySeconds },
}

/** `90s`, `15m`, `24h`, `30d`, `2w` in seconds. @throws UserError */
export function durationSeconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text)
  if (!match) throw new UserError(`Invalid duration "${text}": use a number with s, m, h, d or w, such as 30d.`)
  return Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 0)
}

export async function clock(
  action: 'show' | 'advance' | 'set',
  value: string | undefined,
  options: ServerOptions,
): Promise<void> {
  const endpoint = endpointOf({ ...options, dev: true })
  const move =
    action === 'advance'
      ? { advanceSeconds: durationSeconds(value ?? '') }
      : action === 'set'
        ? { set: value }
        : undefined
  const init = move && { method: 'POST', body: JSON.stringify(move), headers: { 'Content-Type': 'application/json' } }
  const { now } = await askJson<{ now: string }>(endpoint, '/_strongroom/clock', init)
  console.log(now)
}
