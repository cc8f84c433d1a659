import type { EventSelector } from '@aws-sdk/client-cloudtrail'
import { invalidEventSelectors } from '../errors.ts'
import { type BasicSelector, standsForAll } from './selectors.ts'

const mostSelectors = 5
const mostValues = 250

/** In AWS's order, as its message lists them. */
const types = ['AWS::DynamoDB::Table', 'AWS::Lambda::Function', 'AWS::S3::Object']

/** The sources whose management events a trail can leave out. */
const excludable = ['kms.amazonaws.com', 'rdsdata.amazonaws.com']

const valueForms: Readonly<Record<string, RegExp>> = {
  'AWS::S3::Object': /^arn:aws:s3(:::([a-z0-9][a-z0-9.-]{2,62}\/[^*]*)?)?$/,
  'AWS::Lambda::Function': /^arn:aws:lambda(:[a-z0-9-]+:\d{12}:function:[\w-]{1,140})?$/,
  'AWS::DynamoDB::Table': /^arn:aws:dynamodb(:[a-z0-9-]+:\d{12}:table\/[\w.-]{3,255})?$/,
}

/**
 * Checks selectors of the older kind and fills in what they leave out.
 * @throws ServiceError InvalidEventSelectorsException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
 */
export function checkBasicSelectors(given: readonly EventSelector[]): BasicSelector[] {
  if (given.length === 0 || given.length > mostSelectors) {
    throw invalidEventSelectors(`Specify 1 to ${mostSelectors} event selectors; ${given.length} were specified.`)
  }
  const selectors = given.map(checked)
  const resources = selectors.flatMap(({ DataResources }) => DataResources)
  const values = resources.reduce(
    (sum, { Type, Values }) => sum + Values.filter((value) => !standsForAll(Type, value)).length,
    0,
  )
  if (values > mostValues) {
    throw invalidEventSelectors(
      `The number of data resources of a trail is limited to ${mostValues}; ${values} were specified.`,
    )
  }
  return selectors
}

function checked(selector: EventSelector): BasicSelector {
  const {
    ReadWriteType = 'All',
    IncludeManagementEvents = true,
    DataResources = [],
    ExcludeManagementEventSources = [],
  } = selector
  if (ReadWriteType !== 'All' && ReadWriteType !== 'ReadOnly' && ReadWriteType !== 'WriteOnly') {
    throw invalidEventSelectors(
      `Value ${ReadWriteType} for ReadWriteType is invalid. Valid values are: All, ReadOnly, WriteOnly`,
    )
  }
  const unknown = ExcludeManagementEventSources.find((source) => !excludable.includes(source))
  if (unknown !== undefined) {
    throw invalidEventSelectors(
      `Value ${unknown} for ExcludeManagementEventSources is invalid. Valid values are: ${excludable.join(', ')}`,
    )
  }
  if (!IncludeManagementEvents && ExcludeManagementEventSources.length > 0) {
    throw invalidEventSelectors('ExcludeManagementEventSources needs IncludeManagementEvents to be true.')
  }
  return {
    ReadWriteType,
    IncludeManagementEvents,
    DataResources: DataResources.map(({ Type = '', Values = [] }) => {
      const form = valueForms[Type]
      if (!form) {
        throw invalidEventSelectors(
          `Value ${Type} for DataResources.Type is invalid. Valid values are: ${types.join(', ')}`,
        )
      }
      const wrong = Values.find((value) => !form.test(value))
      if (wrong !== undefined) throw invalidEventSelectors(`Value ${wrong} for DataResources.Values is invalid.`)
      return { Type, Values }
    }),
    ExcludeManagementEventSources,
  }
}
