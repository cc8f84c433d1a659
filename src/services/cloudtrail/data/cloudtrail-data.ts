import type { Operation } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceDefinition } from '../../../core/services/service-definition.ts'
import type { ServiceModule } from '../../../core/services/service-module.ts'
import { FoundOnce } from '../../../kit/found-once.ts'
import { cloudtrailDataManifest } from './manifest.ts'
import { outline } from './outline.ts'
import { type CloudTrailDataContext, onPutAuditEvents, putAuditEvents } from './put-audit-events.ts'

/** Of a request: 100 events, or 1 MB of them. */
const limitBytes = 1024 * 1024 + 128 * 1024

/** Everything CloudTrail Data can do. */
const operations = {
  PutAuditEvents: {
    handle: putAuditEvents,
    permissions: onPutAuditEvents,
    readOnly: false,
    category: 'Data',
    body: {
      limitBytes,
      tooLarge: () => new ServiceError('ValidationException', 400, 'The events of a request can have 1 MB in all.'),
    },
    audit: {
      resources: (_context, { channelArn }) => [
        { type: 'AWS::CloudTrail::Channel', ARN: channelArn, accountId: channelArn.split(':')[4] ?? '' },
      ],
      // What is sent is in the store; it may be large.
      hideRequest: ['auditEvents'],
    },
  } satisfies Operation<CloudTrailDataContext, Parameters<typeof putAuditEvents>[1], unknown>,
} satisfies Record<string, Operation<CloudTrailDataContext, never, unknown>>

const definition: ServiceDefinition<CloudTrailDataContext> = { ...outline.head, operations }

/** AWS CloudTrail Data: by which events of others come into event data stores. */
export const cloudtrailData: ServiceModule = {
  ...cloudtrailDataManifest,
  definition,
  open: ({ identity, blobs, calls, clock }) => ({
    context: (call): CloudTrailDataContext => ({
      call,
      found: new FoundOnce(),
      host: { identity, blobs, calls, clock },
    }),
  }),
}
