import type { AuditRecord } from '../../../../core/audit.ts'
import type { DataEvent } from '../../../../core/services/data-events.ts'
import {
  type AdvancedSelector,
  type BasicSelector,
  type FieldOperator,
  type FieldSelector,
  fieldOperators,
  type Selectors,
  standsForAll,
} from './selectors.ts'

/** Selectors, ready to be compared with many events. */
export interface CompiledSelectors {
  /** Rules out data events that surely do not fit, before their records are made. */
  mayWant(event: DataEvent): boolean
  matches(record: AuditRecord): boolean
}

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html */
export function compileSelectors(selectors: Selectors): CompiledSelectors {
  const compiled: readonly CompiledSelectors[] =
    selectors.kind === 'basic' ? selectors.selectors.map(compileBasic) : selectors.selectors.map(compileAdvanced)
  return {
    mayWant: (event) => compiled.some((selector) => selector.mayWant(event)),
    matches: (record) => compiled.some((selector) => selector.matches(record)),
  }
}

/** The operation whose calls an event data store or a trail can take of each of the older types. */
const basicSources: Readonly<Record<string, string>> = {
  'AWS::S3::Object': 's3.amazonaws.com',
  'AWS::Lambda::Function': 'lambda.amazonaws.com',
  'AWS::DynamoDB::Table': 'dynamodb.amazonaws.com',
}

function compileBasic(selector: BasicSelector): CompiledSelectors {
  const { ReadWriteType, IncludeManagementEvents, DataResources, ExcludeManagementEventSources } = selector
  const wantsAccess = (readOnly: boolean) => ReadWriteType === 'All' || (ReadWriteType === 'ReadOnly') === readOnly
  const sources = new Set(DataResources.map(({ Type }) => basicSources[Type]))
  return {
    mayWant: ({ eventSource, readOnly }) => sources.has(eventSource) && wantsAccess(readOnly),
    matches: (record) => {
      if (!wantsAccess(record.readOnly)) return false
      if (record.eventCategory === 'Management') {
        return IncludeManagementEvents && !ExcludeManagementEventSources.includes(record.eventSource)
      }
      return DataResources.some(({ Type, Values }) => {
        const arn = arnOfType(record, Type)
        return arn !== undefined && Values.some((value) => coversArn(Type, value, arn))
      })
    },
  }
}

function coversArn(type: string, value: string, arn: string): boolean {
  if (standsForAll(type, value)) return true
  // Objects are named by the beginnings of their ARNs, functions and tables by the whole.
  return type === 'AWS::S3::Object' ? arn.startsWith(value) : arn === value
}

/**
 * Returns the ARN of the resource of one type that an event is about. What is done with a bucket's objects as a whole, such as
 * listing them, is about the beginning that all of them have.
 */
function arnOfType({ resources = [] }: AuditRecord, type: string): string | undefined {
  const found = resources.find((resource) => resource.type === type)
  return found?.ARN ?? found?.ARNPrefix
}

function compileAdvanced({ FieldSelectors }: AdvancedSelector): CompiledSelectors {
  const fields = FieldSelectors.map(compileField)
  const type = equalsOf(FieldSelectors, 'resources.type')
  const isOfData = equalsOf(FieldSelectors, 'eventCategory') === 'Data'
  const beforeRecord = fields.filter(({ field }) => field in ofDataEvent)
  return {
    mayWant: (event) => isOfData && beforeRecord.every(({ field, test }) => test(ofDataEvent[field]?.(event) ?? '')),
    matches: (record) => fields.every(({ field, test }) => test(fieldOf(record, field, type))),
  }
}

interface CompiledField {
  field: string
  /** @param value - undefined where the event does not have the field. */
  test(value: string | undefined): boolean
}

const operators: Readonly<Record<FieldOperator, (value: string, given: string) => boolean>> = {
  Equals: (value, given) => value === given,
  StartsWith: (value, given) => value.startsWith(given),
  EndsWith: (value, given) => value.endsWith(given),
  NotEquals: (value, given) => value === given,
  NotStartsWith: (value, given) => value.startsWith(given),
  NotEndsWith: (value, given) => value.endsWith(given),
}

function compileField(selector: FieldSelector): CompiledField {
  const given = fieldOperators.flatMap((operator) => {
    const values = selector[operator]
    return values ? [{ isNot: operator.startsWith('Not'), compare: operators[operator], values }] : []
  })
  const wanted = given.filter(({ isNot }) => !isNot)
  const unwanted = given.filter(({ isNot }) => isNot)
  const fits = (value: string, { compare, values }: (typeof given)[number]) => values.some((one) => compare(value, one))
  return {
    field: selector.Field,
    test: (value) => {
      if (value === undefined) return wanted.length === 0
      return (
        (wanted.length === 0 || wanted.some((one) => fits(value, one))) && !unwanted.some((one) => fits(value, one))
      )
    },
  }
}

const equalsOf = (selectors: readonly FieldSelector[], field: string): string | undefined =>
  selectors.find(({ Field }) => Field === field)?.Equals?.[0]

/** Fields that are known before the record of a data event is made. */
const ofDataEvent: Readonly<Record<string, (event: DataEvent) => string>> = {
  eventName: ({ eventName }) => eventName,
  eventSource: ({ eventSource }) => eventSource,
  readOnly: ({ readOnly }) => String(readOnly),
}

/** Returns a field of an event as selectors see it. @param type - the type of resource that the selector is about. */
function fieldOf(record: AuditRecord, field: string, type: string | undefined): string | undefined {
  switch (field) {
    case 'eventCategory':
    case 'eventName':
    case 'eventSource':
    case 'eventType':
    case 'errorCode':
      return record[field]
    case 'readOnly':
      return String(record.readOnly)
    case 'resources.type':
      return type !== undefined && arnOfType(record, type) !== undefined ? type : record.resources?.[0]?.type
    case 'resources.ARN':
      return type === undefined ? undefined : arnOfType(record, type)
    case 'userIdentity.arn':
      return record.userIdentity.arn
    default:
      // No session here comes from the console, and no call through an endpoint of a VPC.
      return undefined
  }
}
