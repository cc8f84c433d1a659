import type { ProtocolBindings } from '../../core/operation.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { WireRequest } from '../http/wire.ts'
import { awsJson1_0, awsJson1_1 } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import { ec2Query } from './ec2-query.ts'
import type { Protocol } from './protocol.ts'
import { restJson1 } from './rest-json.ts'
import { restXml } from './rest-xml.ts'
import { rpcv2Cbor } from './rpc-v2-cbor.ts'

/** Every protocol. The first that takes a request has it: those with a mark of their own stand before the others. */
export const protocols: readonly Protocol[] = [
  awsJson1_1,
  awsJson1_0,
  rpcv2Cbor,
  restJson1,
  restXml,
  ec2Query,
  awsQuery,
]

const byName = new Map(protocols.map((protocol) => [protocol.name, protocol]))

/** @param request - in whose form the protocol answers. @throws Error for a protocol that is not here. */
export function protocolNamed(name: keyof ProtocolBindings, request?: Pick<WireRequest, 'headers'>): Protocol {
  const protocol = byName.get(name)
  if (!protocol) throw new Error(`no protocol is called ${name}`)
  return request ? protocol.spoken(request) : protocol
}

/** The protocol in whose form a request is that no service takes. */
export const protocolOfForm = (head: WireRequest, scopeService?: string): Protocol =>
  protocols.find((protocol) => protocol.hasForm(head, scopeService)) ?? restJson1

/** The protocol that a service speaks first of all: in calls between services, none is spoken. */
export const mainProtocol = ({ bindings: [main] }: ServiceHead): Protocol =>
  main ? protocolNamed(main.protocol) : awsQuery
