import type { MemberConstraint } from '../../core/operation.ts'
import type { MemberModel, ServiceModel, ShapeModel } from '../../core/services/service-model.ts'

/** The kinds of values that the protocols carry. A fraction is a number that need not be whole. */
export type Kind = 'structure' | 'list' | 'map' | 'string' | 'integer' | 'fraction' | 'boolean' | 'blob' | 'timestamp'

/** Members of a structure by name, decoded or about to be encoded. */
export type Members = Record<string, unknown>

/** Which members of an operation's input or output are in the body of the message. */
export type BodyMembers = (member: Schema) => boolean

/** The traits of a shape, with those that its use adds or replaces. */
export type Traits = Omit<ShapeModel & MemberModel, 'type' | 'shape' | 'members' | 'member' | 'key' | 'value'>

/** A shape of a service's model where it is used: as a member, an item, or a whole input. */
export class Schema {
  /** Of the shape: `TagListType`. */
  readonly name: string
  /** The same object wherever the shape is used: what is compiled from it alone can be kept under it. */
  readonly shape: ShapeModel
  readonly traits: Traits
  /** The shape's name with that of its service before it: `com.amazonaws.kms.Tag`. */
  readonly qualifiedName: string
  readonly #service: ServiceSchema
  #members: ReadonlyMap<string, Schema> | undefined

  /** @throws Error for a shape that the model does not have. */
  constructor(service: ServiceSchema, { shape: name, ...use }: MemberModel) {
    this.#service = service
    this.name = name
    this.qualifiedName = `${service.namespace}.${name}`
    this.shape = service.shape(name)
    this.traits = { ...this.shape, ...use }
  }

  /**
   * What kind of value it describes.
   * @throws Error for what no service here has in its requests and answers: event streams, big numbers.
   */
  get kind(): Kind {
    if (this.traits.eventstream) throw new Error(`no protocol knows the event stream ${this.name}`)
    const kind = kinds[this.shape.type]
    if (!kind) throw new Error(`no protocol knows the schema of ${this.name}`)
    return kind
  }

  /** Of a structure, in the order of the model; empty for every other kind. */
  get members(): ReadonlyMap<string, Schema> {
    this.#members ??= new Map(
      Object.entries(this.shape.members ?? {}).map(([name, use]) => [name, new Schema(this.#service, use)]),
    )
    return this.#members
  }

  /** Of a structure. */
  get required(): ReadonlySet<string> {
    return new Set(this.shape.required)
  }

  /** Of a map's keys. */
  get key(): Schema {
    return this.#part(this.shape.key)
  }

  /** Of a list's items, or a map's values. */
  get value(): Schema {
    return this.#part(this.shape.member ?? this.shape.value)
  }

  /** What the model demands of its values, and of the parts inside. */
  get limits(): MemberConstraint {
    const { type, min = null, max = null, pattern, enum: values, member, key, value } = this.shape
    const bounds = min === null && max === null ? undefined : ([min, max] as const)
    const isNumber = this.kind === 'integer' || this.kind === 'fraction'
    const limits: MemberConstraint = {}
    if (bounds && isNumber) limits.range = bounds
    if (bounds && !isNumber && type !== 'structure') limits.length = bounds
    if (pattern !== undefined) limits.pattern = pattern
    if (values) limits.enum = values
    if (member) limits.member = this.value.limits
    if (key) limits.key = this.key.limits
    if (value) limits.value = this.value.limits
    return limits
  }

  #part(use: MemberModel | undefined): Schema {
    if (!use) throw new Error(`${this.name} has no such part`)
    return new Schema(this.#service, use)
  }
}

const kinds: Partial<Record<ShapeModel['type'], Kind>> = {
  structure: 'structure',
  list: 'list',
  map: 'map',
  string: 'string',
  character: 'string',
  integer: 'integer',
  long: 'integer',
  float: 'fraction',
  double: 'fraction',
  boolean: 'boolean',
  blob: 'blob',
  timestamp: 'timestamp',
}

/** An operation as its service's model states it. */
export interface OperationSchema {
  name: string
  /** Method, path template and status of a REST operation. */
  method: string
  path: string
  status: number
  /** Undefined for an operation without input or output. */
  input: Schema | undefined
  output: Schema | undefined
}

/** The schemas of one service, made from its model. */
export class ServiceSchema {
  /** Of its shapes, as AWS writes it in errors: `com.amazonaws.kms`. */
  readonly namespace: string
  readonly #model: ServiceModel
  readonly #operations = new Map<string, OperationSchema>()

  /** @param name - SigV4 scope name: `kms`. */
  constructor(name: string, model: ServiceModel) {
    this.namespace = `com.amazonaws.${name}`
    this.#model = model
  }

  /** In order of the alphabet. */
  get operationNames(): readonly string[] {
    return Object.keys(this.#model.operations).sort()
  }

  /** The same object at each call; undefined for a name that the service does not have. */
  operation(name: string): OperationSchema | undefined {
    const known = this.#operations.get(name)
    if (known || !Object.hasOwn(this.#model.operations, name)) return known
    const { method = 'POST', path = '/', status = 200, input, output } = this.#model.operations[name] ?? {}
    const schema = { name, method, path, status, input: this.#schemaOf(input), output: this.#schemaOf(output) }
    this.#operations.set(name, schema)
    return schema
  }

  /** The shape of an error that the service declares under this name. */
  error(code: string): Schema | undefined {
    const shape = Object.hasOwn(this.#model.shapes, code) ? this.#model.shapes[code] : undefined
    return shape?.error && this.#schemaOf(code)
  }

  /** @throws Error for a shape that the model does not have. */
  shape(name: string): ShapeModel {
    const shape = Object.hasOwn(this.#model.shapes, name) ? this.#model.shapes[name] : undefined
    if (!shape) throw new Error(`${this.namespace} has no shape ${name}`)
    return shape
  }

  #schemaOf(shape: string | undefined): Schema | undefined {
    return shape === undefined ? undefined : new Schema(this, { shape })
  }
}

/** Does a compilation once for each operation. */
export function oncePerOperation<T>(compile: (schema: OperationSchema) => T): (schema: OperationSchema) => T {
  const compiled = new WeakMap<OperationSchema, { result: T }>()
  return (schema) => {
    let entry = compiled.get(schema)
    if (!entry) {
      entry = { result: compile(schema) }
      compiled.set(schema, entry)
    }
    return entry.result
  }
}
