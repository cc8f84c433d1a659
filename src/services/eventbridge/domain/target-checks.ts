import { parseArn } from '../../../core/arn.ts'
import { invalid, invalidParameter, notSupported } from './errors.ts'
import { unknownPlaceholder } from './input-transformer.ts'
import { parseJsonPath } from './json-path.ts'
import { type BusPlace, busArn } from './names.ts'
import type { Target } from './rule.ts'

/** The kinds of targets that there are. */
export type TargetKind = 'queue' | 'function' | 'topic' | 'log-group' | 'bus' | 'api-destination'

/** @returns undefined for what is not a target here. */
export function targetKind(arn: string): TargetKind | undefined {
  const parsed = parseArn(arn)
  if (!parsed?.accountId || !parsed.region) return undefined
  const { service, resource } = parsed
  if (service === 'sqs') return 'queue'
  if (service === 'sns') return 'topic'
  if (service === 'lambda' && resource.startsWith('function:')) return 'function'
  if (service === 'logs' && resource.startsWith('log-group:')) return 'log-group'
  if (service !== 'events') return undefined
  if (resource.startsWith('event-bus/')) return 'bus'
  return resource.startsWith('api-destination/') ? 'api-destination' : undefined
}

/** Parameters for targets that are not here. */
const otherParameters = [
  ...['KinesisParameters', 'RunCommandParameters', 'EcsParameters', 'BatchParameters', 'RedshiftDataParameters'],
  ...['SageMakerPipelineParameters', 'AppSyncParameters'],
] as const

/**
 * Checks a target as it is put.
 * @param bus - of its rule.
 * @throws ServiceError ValidationException.
 */
export function checkTarget(target: Target, bus: BusPlace): void {
  const { Id, Arn, RoleArn, SqsParameters, DeadLetterConfig, HttpParameters } = target
  const parsed = parseArn(Arn)
  if (!parsed) throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`)
  const kind = targetKind(Arn)
  if (!kind) throw invalidParameter('Arn', `Targets of the service ${parsed.service} are not supported.`)
  for (const name of otherParameters) if (target[name]) throw notSupported(name)
  if (kind === 'queue' && parsed.resource.endsWith('.fifo') && !SqsParameters?.MessageGroupId) {
    throw invalid(`Parameter(s) SqsParameters must be specified for target: ${Id}.`)
  }
  if (kind === 'api-destination' && !RoleArn) throw invalid(`RoleArn is required for target ${Arn}.`)
  if (HttpParameters && kind !== 'api-destination') {
    throw invalid(`Parameter(s) HttpParameters not valid for target: ${Id}.`)
  }
  if (kind === 'bus' && Arn === busArn(bus)) throw invalid('An event bus cannot be a target of its own rules.')
  checkInput(target)
  checkDeadLetterQueue(DeadLetterConfig?.Arn, bus)
}

function checkInput({ Id, Input, InputPath, InputTransformer }: Target): void {
  if ([Input, InputPath, InputTransformer].filter((given) => given !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`)
  }
  if (Input !== undefined && !isJson(Input)) throw invalid(`JSON syntax error in input for target ${Id}.`)
  if (InputPath !== undefined && !parseJsonPath(InputPath)) throw invalid(`Invalid JsonPath for target ${Id}.`)
  if (!InputTransformer) return
  const { InputPathsMap = {}, InputTemplate = '' } = InputTransformer
  for (const [key, path] of Object.entries(InputPathsMap)) {
    if (key.toUpperCase().startsWith('AWS')) {
      throw invalid(`Invalid InputPathsMap key ${key} for target ${Id}: keys must not begin with AWS.`)
    }
    if (!parseJsonPath(path)) throw invalid(`InputPathsMap for target ${Id} contains invalid JsonPath ${path}.`)
  }
  const unknown = unknownPlaceholder(InputTemplate, InputPathsMap)
  if (unknown !== undefined) throw invalid(`InputTemplate for target ${Id} contains invalid placeholder ${unknown}.`)
}

/** Checks the ARN of a dead-letter queue: a standard queue in the same Region. @throws ServiceError ValidationException. */
export function checkDeadLetterQueue(arn: string | undefined, { region }: Pick<BusPlace, 'region'>): void {
  if (arn === undefined) return
  const parsed = parseArn(arn)
  if (parsed?.service !== 'sqs' || parsed.resource.endsWith('.fifo') || parsed.region !== region) {
    throw invalidParameter('DeadLetterConfig.Arn', 'Provided Arn is not that of a standard queue in the same Region.')
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
