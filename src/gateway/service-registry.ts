import type { Operation } from '../core/operation.ts'
import type { ServiceDefinition, ServiceHead } from '../core/services/service-definition.ts'
import type { OfferedService, PublicDocument, ServedService } from '../core/services/service-module.ts'
import { RequestThrottle } from '../kit/request-throttle.ts'
import { compileShownMembers, type Shown } from './audit/shown-members.ts'
import type { ServiceBinding } from './protocols/protocol.ts'
import { payloadOf } from './protocols/rest-bindings.ts'
import { type OperationSchema, ServiceSchema } from './protocols/schema.ts'
import { compileValidator, type Validator } from './validation/validate.ts'

/** An operation ready to run: its declaration with everything that is compiled from its schema. */
export interface LoadedOperation {
  name: string
  schema: OperationSchema
  /** Absent for an operation that the service has and Strongroom has not built yet. */
  declaration?: Operation<unknown, Record<string, unknown>, unknown>
  validate: Validator
  showRequest(input: object): Shown | null
  showResponse(output: object): Shown | null
}

/** A service with its schemas loaded. */
export interface LoadedService extends ServedService {
  schemas: ServiceSchema
  /** Set where request quotas are enforced. */
  throttle?: RequestThrottle
  operation(name: string): LoadedOperation | undefined
}

/** The services of one server: found by what a request says, loaded on first use. */
export class ServiceRegistry {
  readonly definitions: readonly ServiceHead[]
  readonly #byProtocol = new Map<string, ServiceBinding[]>()
  readonly #byName = new Map<string, OfferedService>()
  readonly #loading = new Map<string, Promise<LoadedService>>()
  readonly #loaded = new Map<string, LoadedService>()

  /** @throws Error for two services of one name. */
  constructor(services: readonly OfferedService[]) {
    this.definitions = services.map(({ head }) => head)
    for (const service of services) {
      const definition = service.head
      if (this.#byName.has(definition.name)) throw new Error(`two services are called ${definition.name}`)
      this.#byName.set(definition.name, service)
      for (const binding of definition.bindings) {
        const bound = this.#byProtocol.get(binding.protocol) ?? []
        this.#byProtocol.set(binding.protocol, [...bound, { definition, binding }])
      }
    }
  }

  /** The services that speak a protocol, in order. */
  bound(protocol: string): readonly ServiceBinding[] {
    return this.#byProtocol.get(protocol) ?? []
  }

  byName(name: string): ServiceHead | undefined {
    return this.#byName.get(name)?.head
  }

  load(definition: ServiceHead): Promise<LoadedService> {
    let loading = this.#loading.get(definition.name)
    if (!loading) {
      loading = this.#load(definition)
      loading.then(
        (service) => this.#loaded.set(definition.name, service),
        // A failed import may succeed later; it must not answer for ever.
        () => this.#loading.delete(definition.name),
      )
      this.#loading.set(definition.name, loading)
    }
    return loading
  }

  async #load({ name }: ServiceHead): Promise<LoadedService> {
    const service = this.#byName.get(name)
    if (!service) throw new Error(`${name} is not among the services of this server`)
    return loadService(await service.open())
  }

  /** Reads a document that a service shows to any client. @returns undefined at once for a path that no service names. */
  documentAt(path: string): Promise<PublicDocument | undefined> | undefined {
    const head = this.definitions.find(({ documents }) => documents?.test(path))
    return head && this.load(head).then(({ instance }) => instance.publicDocument?.(path))
  }

  /** A service that has been used before, which needs no waiting for. */
  loaded(definition: ServiceHead): LoadedService | undefined {
    return this.#loaded.get(definition.name)
  }
}

async function loadService({ definition, instance }: ServedService): Promise<LoadedService> {
  const schemas = new ServiceSchema(definition.name, await definition.loadModel())
  const operations = new Map<string, LoadedOperation | undefined>()
  return {
    definition,
    instance,
    schemas,
    throttle:
      instance.throttled && definition.requestQuotas ? new RequestThrottle(definition.requestQuotas) : undefined,
    operation(name) {
      if (!operations.has(name)) {
        const loaded = loadOperation(definition, schemas, name)
        // Only names of the model are remembered: what callers make up must not fill the memory.
        if (!loaded) return undefined
        operations.set(name, loaded)
      }
      return operations.get(name)
    },
  }
}

function loadOperation(
  definition: ServiceDefinition,
  schemas: ServiceSchema,
  name: string,
): LoadedOperation | undefined {
  const schema = schemas.operation(name)
  if (!schema) return undefined
  const declaration = Object.hasOwn(definition.operations, name) ? definition.operations[name] : undefined
  const { audit = {}, streamsBody } = declaration ?? {}
  if (streamsBody && payloadOf(schema.input)?.schema.traits.streaming !== true) {
    throw new Error(`the model of ${definition.name}:${name} has no body that streams`)
  }
  return {
    name,
    schema,
    declaration: declaration as LoadedOperation['declaration'],
    validate: compileValidator(schema, definition, declaration?.constraints, audit.hideRequest),
    showRequest: compileShownMembers(schema.input, audit.hideRequest, audit.maskRequest, audit.requestNames),
    showResponse: compileShownMembers(schema.output, audit.hideResponse, {}, audit.responseNames),
  }
}
