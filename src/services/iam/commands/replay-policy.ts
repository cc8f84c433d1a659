import { readFileSync } from 'node:fs'
import type { CommandRun } from '../../../core/services/service-command.ts'
import type { Replayed } from '../past-calls/policy-tasks.ts'
import type { Change } from '../past-calls/replay.ts'
import { daysOf } from './generate-policy.ts'
import { count, summaryLines } from './policy-summary.ts'

interface Options {
  principal?: string
  policy?: string
  type?: string
  days?: string
}

/** Says which recorded calls a proposed policy would deny or newly allow. Refuses when it would deny what was allowed. */
export const replayPolicy: CommandRun<Options> = async ({ options }, { askTask, refusal }) => {
  const { principal, policy: file, type, days } = options
  if (principal === undefined || file === undefined) {
    throw refusal('name whose calls to look at, and the proposed policy: --principal ARN --policy FILE.')
  }
  const policy = read(file, refusal)
  const request = { principal, policy, type, days: daysOf(days, refusal) }
  const { basis, wouldDeny, wouldAllow, unknownKeys, withoutPermission } = await askTask<Replayed>(
    'replay-policy',
    request,
  )
  for (const line of summaryLines(basis)) console.error(line)
  if (withoutPermission > 0) console.error(`${count(withoutPermission, 'call')} needed no permission.`)
  console.error(
    'Policies of resources, grants of keys and policies of sessions are not in the records and are left out.',
  )
  if (unknownKeys.length > 0) {
    console.error(`Not recorded, so what depends on them cannot be known: ${unknownKeys.join(', ')}.`)
  }
  for (const change of wouldDeny) print('would deny', change)
  for (const change of wouldAllow) print('would newly allow', change)
  if (wouldDeny.length > 0) throw refusal('the proposed policy would deny calls that were allowed.')
  console.log('Every recorded call that was allowed would be allowed.')
}

function print(verdict: string, { action, resource, calls, firstAt, lastAt, eventIds, ...change }: Change): void {
  console.log(`${verdict}: ${action} on ${resource}, ${count(calls, 'call')} (${firstAt} to ${lastAt})`)
  console.log(`  ${change.reason}`)
  if (change.alreadyNow) {
    console.log('  The policies of now decide the same: they have changed since, or something else decided then.')
  }
  console.log(`  events: ${eventIds.join(', ')}${calls > eventIds.length ? ', …' : ''}`)
}

function read(file: string, refusal: (message: string) => Error): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw refusal(`${file} cannot be read: ${(cause as Error).message}`)
  }
}
