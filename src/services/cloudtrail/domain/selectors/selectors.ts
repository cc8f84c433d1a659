/** A selector of the older kind, with its defaults filled in. */
export interface BasicSelector {
  ReadWriteType: 'ReadOnly' | 'WriteOnly' | 'All'
  IncludeManagementEvents: boolean
  DataResources: readonly { Type: string; Values: readonly string[] }[]
  ExcludeManagementEventSources: readonly string[]
}

export const fieldOperators = ['Equals', 'StartsWith', 'EndsWith', 'NotEquals', 'NotStartsWith', 'NotEndsWith'] as const

export type FieldOperator = (typeof fieldOperators)[number]

/** What an advanced selector asks of one field of an event. */
export type FieldSelector = { Field: string } & { [Operator in FieldOperator]?: readonly string[] }

/** A selector of the newer kind: an event fits when all its field selectors do. */
export interface AdvancedSelector {
  Name?: string
  FieldSelectors: readonly FieldSelector[]
}

/** Which events a trail or an event data store takes: those that fit any of its selectors. */
export type Selectors =
  | { kind: 'basic'; selectors: readonly BasicSelector[] }
  | { kind: 'advanced'; selectors: readonly AdvancedSelector[] }

/** What a trail takes that was never given selectors: all management events. */
export const defaultSelectors: Selectors = {
  kind: 'basic',
  selectors: [
    { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
  ],
}

const allOfType: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Object': ['arn:aws:s3', 'arn:aws:s3:::'],
  'AWS::Lambda::Function': ['arn:aws:lambda'],
  'AWS::DynamoDB::Table': ['arn:aws:dynamodb'],
}

/** Returns whether a value of a basic selector's data resources stands for all resources of its type. */
export const standsForAll = (type: string, value: string): boolean => allOfType[type]?.includes(value) === true
