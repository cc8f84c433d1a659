/**
 * A service's shapes and operations as its public model states them: the form of `model.generated.json`, which
 * `scripts/generate-models.py` writes.
 */
export interface ServiceModel {
  /** `2014-11-01` */
  apiVersion: string
  operations: Readonly<Record<string, OperationModel>>
  shapes: Readonly<Record<string, ShapeModel>>
}

export interface OperationModel {
  method: string
  /** Path template of a REST operation: `/2015-03-31/functions/{FunctionName}`. */
  path: string
  /** HTTP status of its answer; 200 when absent. */
  status?: number
  /** Names of shapes; absent for an operation without input or output. */
  input?: string
  output?: string
}

export type ShapeType =
  | 'structure'
  | 'list'
  | 'map'
  | 'string'
  | 'character'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'bigdecimal'
  | 'boolean'
  | 'blob'
  | 'timestamp'

export interface ShapeModel extends WireFacts {
  type: ShapeType
  /** Of a structure: in the order of the model. */
  members?: Readonly<Record<string, MemberModel>>
  required?: readonly string[]
  /** The member that is the whole body of a REST message. */
  payload?: string
  union?: boolean
  eventstream?: boolean
  /** Set for errors. */
  error?: { code?: string; httpStatusCode?: number; senderFault?: boolean }
  /** Of a list. */
  member?: MemberModel
  /** Of a map. */
  key?: MemberModel
  value?: MemberModel
  /** Of a number its range, of everything else its length in characters, bytes, items or entries. */
  min?: number
  max?: number
  /** A regular expression of Java. */
  pattern?: string
  enum?: readonly string[]
}

/** A use of a shape as a member. */
export interface MemberModel extends WireFacts {
  shape: string
  location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode'
  idempotencyToken?: boolean
  /** Of an event in a stream: it is the whole payload, or a header of the message. */
  eventpayload?: boolean
  eventheader?: boolean
}

/** Facts that stand with a shape or with its use; the use wins. */
interface WireFacts {
  sensitive?: boolean
  streaming?: boolean
  /** The name on the wire, where it is not the member's own. */
  locationName?: string
  /** The name in EC2's requests, where it is neither. */
  queryName?: string
  /** Of a list or map: its items have no element around them. */
  flattened?: boolean
  xmlAttribute?: boolean
  xmlNamespace?: { uri: string; prefix?: string }
  timestampFormat?: 'iso8601' | 'rfc822' | 'unixTimestamp'
  /** A header that holds a JSON value, as base64. */
  jsonvalue?: boolean
}
