import type { AdvancedEventSelector, AdvancedFieldSelector } from '@aws-sdk/client-cloudtrail'
import { invalidEventSelectors } from '../errors.ts'
import { type AdvancedSelector, type FieldOperator, type FieldSelector, fieldOperators } from './selectors.ts'

const mostValues = 500

/** What selectors are of: trails and event data stores take different fields and categories. */
export type SelectorOwner = 'trail' | 'event-data-store'

interface FieldRule {
  /** Default: all. */
  operators?: readonly FieldOperator[]
  /** The values that can be given. Default: any. */
  values?: readonly string[]
  /** It is given exactly once, with one value. */
  one?: true
  required?: true
}

const booleanField: FieldRule = { operators: ['Equals'], values: ['true', 'false'], one: true }
const category: FieldRule = { operators: ['Equals'], one: true, required: true }
const fromConsole: FieldRule = { operators: ['Equals', 'NotEquals'], values: ['true'] }

const managementFields = { eventCategory: category, readOnly: booleanField }

/** The fields of each category. @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
const fieldsOf: Readonly<Record<SelectorOwner, Readonly<Record<string, Readonly<Record<string, FieldRule>>>>>> =
  (() => {
    const data = {
      eventCategory: category,
      'resources.type': { operators: ['Equals'], one: true, required: true },
      readOnly: booleanField,
      eventName: {},
      'resources.ARN': {},
      eventSource: {},
      eventType: {},
      sessionCredentialFromConsole: fromConsole,
      'userIdentity.arn': {},
    } satisfies Record<string, FieldRule>
    const network = {
      eventCategory: category,
      eventSource: { operators: ['Equals'], one: true, required: true },
      eventName: {},
      errorCode: { operators: ['Equals'], values: ['VpceAccessDenied'] },
      vpcEndpointId: {},
      'userIdentity.arn': {},
    } satisfies Record<string, FieldRule>
    const alone = { eventCategory: category }
    return {
      trail: {
        Management: {
          ...managementFields,
          eventSource: { operators: ['NotEquals'], values: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
        },
        Data: data,
        NetworkActivity: network,
      },
      'event-data-store': {
        Management: {
          ...managementFields,
          eventName: {},
          eventType: {},
          eventSource: {},
          sessionCredentialFromConsole: fromConsole,
          'userIdentity.arn': {},
        },
        Data: data,
        NetworkActivity: network,
        Insight: alone,
        ConfigurationItem: alone,
        Evidence: alone,
        ActivityAuditLog: alone,
      },
    }
  })()

/** Categories that an event data store takes alone or not at all. */
const exclusive = new Set(['Insight', 'ConfigurationItem', 'Evidence', 'ActivityAuditLog'])

/**
 * Checks selectors of the newer kind.
 * @throws ServiceError InvalidEventSelectorsException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html
 */
export function checkAdvancedSelectors(
  given: readonly AdvancedEventSelector[],
  owner: SelectorOwner,
): AdvancedSelector[] {
  if (given.length === 0) throw invalidEventSelectors('Specify at least one advanced event selector.')
  const selectors = given.map((selector) => checked(selector, owner))
  const values = selectors.flatMap(({ FieldSelectors }) => FieldSelectors.flatMap(valuesOf)).length
  if (values > mostValues) {
    throw invalidEventSelectors(
      `The advanced event selectors have ${values} values; at most ${mostValues} are allowed.`,
    )
  }
  const categories = new Set(selectors.map(categoryOf))
  if (categories.size > 1 && [...categories].some((one) => exclusive.has(one))) {
    throw invalidEventSelectors(
      `The category ${[...categories].find((one) => exclusive.has(one))} must be the only one.`,
    )
  }
  return selectors
}

/** Returns the category of the events that a checked selector takes. */
export const categoryOf = ({ FieldSelectors }: AdvancedSelector): string =>
  FieldSelectors.find(({ Field }) => Field === 'eventCategory')?.Equals?.[0] ?? ''

function checked({ Name, FieldSelectors = [] }: AdvancedEventSelector, owner: SelectorOwner): AdvancedSelector {
  const fields = FieldSelectors.map(compact)
  const names = fields.map(({ Field }) => Field)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw invalidEventSelectors(`The field ${twice} can occur once in a selector.`)
  const selector: AdvancedSelector = { ...(Name !== undefined && { Name }), FieldSelectors: fields }
  const eventCategory = categoryOf(selector)
  const rules = fieldsOf[owner][eventCategory]
  if (!rules) {
    const known = Object.keys(fieldsOf[owner]).join(', ')
    throw invalidEventSelectors(`Each selector needs the field eventCategory, which Equals one of: ${known}.`)
  }
  for (const field of fields) {
    const rule = rules[field.Field]
    if (!rule) throw invalidEventSelectors(`The field ${field.Field} is not valid for ${eventCategory} events.`)
    checkField(field, rule)
  }
  for (const [name, { required }] of Object.entries(rules)) {
    if (required && !names.includes(name))
      throw invalidEventSelectors(`${eventCategory} events need the field ${name}.`)
  }
  return selector
}

function checkField(field: FieldSelector, { operators = fieldOperators, values, one }: FieldRule): void {
  const { Field } = field
  const used = fieldOperators.filter((operator) => field[operator] !== undefined)
  if (used.length === 0) throw invalidEventSelectors(`The field ${Field} needs an operator.`)
  const wrong = used.find((operator) => !operators.includes(operator))
  if (wrong) {
    throw invalidEventSelectors(
      `The operator ${wrong} is not valid for the field ${Field}. Valid operators are: ${operators.join(', ')}.`,
    )
  }
  if (used.some((operator) => field[operator]?.length === 0)) {
    throw invalidEventSelectors(`An operator of the field ${Field} has no values.`)
  }
  const given = valuesOf(field)
  if (one && given.length !== 1) throw invalidEventSelectors(`The field ${Field} takes exactly one value.`)
  const unknown = values && given.find((value) => !values.includes(value))
  if (unknown !== undefined) {
    throw invalidEventSelectors(
      `The value ${unknown} is not valid for the field ${Field}. Valid values are: ${values}.`,
    )
  }
  const repeated = used.find((operator) => new Set(field[operator]).size < (field[operator]?.length ?? 0))
  if (repeated) throw invalidEventSelectors(`The operator ${repeated} of the field ${Field} has a value twice.`)
  const conflicting = contradictions.find(([wanted, unwanted]) =>
    field[wanted]?.some((value) => field[unwanted]?.includes(value)),
  )
  if (conflicting) {
    throw invalidEventSelectors(
      `The operators ${conflicting.join(' and ')} of the field ${Field} contradict each other.`,
    )
  }
}

const contradictions: readonly (readonly [FieldOperator, FieldOperator])[] = [
  ['Equals', 'NotEquals'],
  ['StartsWith', 'NotStartsWith'],
  ['EndsWith', 'NotEndsWith'],
]

const valuesOf = (field: FieldSelector): string[] => fieldOperators.flatMap((operator) => field[operator] ?? [])

/** Leaves out what was not given. */
function compact(field: AdvancedFieldSelector): FieldSelector {
  const operators = fieldOperators.flatMap((operator) => {
    const values = field[operator]
    return values ? [[operator, values] as const] : []
  })
  return { Field: field.Field ?? '', ...Object.fromEntries(operators) }
}
