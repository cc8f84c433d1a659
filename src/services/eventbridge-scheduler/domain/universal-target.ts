/** An operation that a schedule calls by its name in the SDKs. */
export interface UniversalTarget {
  service: string
  operation: string
}

/** Services that the SDKs call by other names than Strongroom. */
const sdkNames: Readonly<Record<string, string>> = {
  cloudwatch: 'monitoring',
  cloudwatchlogs: 'logs',
  eventbridge: 'events',
}

/** Universal targets change something: operations with these names are refused. */
const readsOnly =
  /^(get|describe|list|poll|receive|search|scan|query|select|read|head|lookup|discover|validate|verify|batchGet|batchCheck|batchDescribe|batchRead|test|simulate)/i

/**
 * Reads `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`.
 * @returns undefined for other ARNs, and for operations that only read.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export function universalTarget(arn: string): UniversalTarget | undefined {
  const [, name, action = ''] = /^arn:aws:scheduler:::aws-sdk:([a-z0-9]+):([A-Za-z0-9]+)$/.exec(arn) ?? []
  if (name === undefined || readsOnly.test(action)) return undefined
  return { service: sdkNames[name] ?? name, operation: action.charAt(0).toUpperCase() + action.slice(1) }
}
