import { parseArn } from '../../../core/arn.ts'
import { invalidInput, invalidTarget, notSupported, parameterNeeded } from './errors.ts'
import type { Target } from './schedule.ts'
import { universalTarget } from './universal-target.ts'

export type TargetKind = 'function' | 'queue' | 'topic' | 'bus' | 'universal'

export function targetKind(arn: string): TargetKind | undefined {
  if (arn.startsWith('arn:aws:scheduler:::')) return universalTarget(arn) && 'universal'
  const parsed = parseArn(arn)
  if (!parsed?.accountId) return undefined
  const { service, resource } = parsed
  if (service === 'lambda' && resource.startsWith('function:')) return 'function'
  if (service === 'sqs') return 'queue'
  if (service === 'sns') return 'topic'
  return service === 'events' && resource.startsWith('event-bus/') ? 'bus' : undefined
}

const otherParameters = [
  ...['EcsParameters', 'KinesisParameters', 'SageMakerPipelineParameters', 'EventBridgePutEventsV2Parameters'],
  'EventBridgePutRawEventsParameters',
] as const

/** @throws ServiceError ValidationException. */
export function checkTarget(target: Target): TargetKind {
  const { Arn, EventBridgeParameters, SqsParameters, Input } = target
  const kind = targetKind(Arn)
  if (!kind) throw parseArn(Arn) ? notSupported(`The target ${Arn}`) : invalidTarget(Arn)
  for (const name of otherParameters) if ((target as unknown as Record<string, unknown>)[name]) throw notSupported(name)
  if (kind === 'bus' && !EventBridgeParameters) throw parameterNeeded('EventBridgeParameters', Arn)
  if (kind === 'queue' && Arn.endsWith('.fifo') && !SqsParameters?.MessageGroupId) {
    throw parameterNeeded('SqsParameters', Arn)
  }
  if ((kind === 'universal' || kind === 'bus') && !isJsonObject(Input ?? '{}')) throw invalidInput()
  return kind
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
