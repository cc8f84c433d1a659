import { type HiveType, readHiveType } from '../../../../kit/sql-queries/hive-types.ts'

/** A column of a store's table, with its type as Hive writes it. */
export interface LakeColumn {
  name: string
  type: HiveType
}

const attributes = 'attributes:struct<creationdate:timestamp,mfaauthenticated:string>'
const issuer = 'sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>'
const federation = 'webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>'
const session = `sessioncontext:struct<${attributes},${issuer},${federation},sourceidentity:string,ec2roledelivery:string,assumedroot:string>`
const behalf = 'onbehalfof:struct<userid:string,identitystorearn:string>'
const identity = `struct<type:string,principalid:string,arn:string,accountid:string,accesskeyid:string,username:string,${session},invokedby:string,identityprovider:string,credentialid:string,${behalf}>`

const strings = 'map<string,string>'

const columnsOf = (types: Readonly<Record<string, string>>): LakeColumn[] =>
  Object.entries(types).map(([name, type]) => ({ name, type: readHiveType(type) }))

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-limitations.html */
const recordColumns = columnsOf({
  ...{ eventversion: 'string', useridentity: identity, eventtime: 'timestamp', eventsource: 'string' },
  ...{ eventname: 'string', awsregion: 'string', sourceipaddress: 'string', useragent: 'string' },
  ...{ errorcode: 'string', errormessage: 'string', requestparameters: strings, responseelements: strings },
  ...{ additionaleventdata: strings, requestid: 'string', eventid: 'string', readonly: 'boolean' },
  resources: 'array<struct<accountid:string,type:string,arn:string,arnprefix:string>>',
  ...{ eventtype: 'string', apiversion: 'string', managementevent: 'boolean', recipientaccountid: 'string' },
  ...{ sharedeventid: 'string', annotation: 'string', vpcendpointid: 'string', vpcendpointaccountid: 'string' },
  serviceeventdetails: strings,
  addendum: 'struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>',
  ...{ edgedevicedetails: strings, insightdetails: strings, eventcategory: 'string' },
  tlsdetails: 'struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>',
  sessioncredentialfromconsole: 'string',
})

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/event-data-store-integration-events.html */
const activityColumns = columnsOf({
  ...{ eventversion: 'string', eventcategory: 'string', eventtype: 'string', eventid: 'string' },
  ...{ eventtime: 'timestamp', awsregion: 'string', recipientaccountid: 'string' },
  metadata: 'struct<ingestiontime:string,channelarn:string>',
  eventdata: `struct<version:string,useridentity:struct<type:string,principalid:string,details:${strings}>,useragent:string,eventsource:string,eventname:string,eventtime:string,uid:string,requestparameters:${strings},responseelements:${strings},errorcode:string,errormessage:string,sourceipaddress:string,recipientaccountid:string,additionaleventdata:${strings}>`,
})

/** Returns the columns of a store's table. */
export const lakeColumns = (isActivity: boolean): readonly LakeColumn[] =>
  isActivity ? activityColumns : recordColumns

/** An event as its row, in JSON, with the time that it is kept by. */
export interface LakeRow {
  timeMs: number
  json: string
}

/** Makes an event into a row: names in lower case, what is nested in maps as JSON texts. */
export function lakeRow(event: Readonly<Record<string, unknown>>, columns: readonly LakeColumn[]): LakeRow {
  const members = lowerMembers(event)
  const row: Record<string, unknown> = {}
  for (const { name, type } of columns) {
    const value = memberOf(members.get(name), type)
    if (value !== undefined) row[name] = value
  }
  return { timeMs: Date.parse(String(event.eventTime)), json: JSON.stringify(row) }
}

const lowerMembers = (object: object): Map<string, unknown> =>
  new Map(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]))

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function memberOf(value: unknown, type: HiveType): unknown {
  if (value === undefined || value === null) return undefined
  switch (type.kind) {
    case 'primitive':
      return primitiveOf(value, type.name)
    case 'array':
      return (Array.isArray(value) ? value : [value]).map((item) => memberOf(item, type.element) ?? null)
    case 'map':
      if (!isObject(value)) return undefined
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, textOf(item)]])),
      )
    case 'struct': {
      if (!isObject(value)) return undefined
      const members = lowerMembers(value)
      return Object.fromEntries(
        type.fields.flatMap((field) => {
          const found = memberOf(members.get(field.name), field.type)
          return found === undefined ? [] : [[field.name, found]]
        }),
      )
    }
  }
}

function primitiveOf(value: unknown, name: string): unknown {
  if (name === 'boolean') return value === true || value === 'true'
  if (name !== 'timestamp') return textOf(value)
  const atMs = Date.parse(String(value))
  return Number.isNaN(atMs) ? undefined : new Date(atMs).toISOString().replace('T', ' ').replace('Z', '')
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
