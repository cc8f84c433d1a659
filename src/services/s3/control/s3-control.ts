import type { Call } from '../../../core/call.ts'
import type { Operation, Permission } from '../../../core/operation.ts'
import type { ServiceDefinition } from '../../../core/services/service-definition.ts'
import type { ServiceModule } from '../../../core/services/service-module.ts'
import {
  deleteAccountPublicAccessBlock,
  getAccountPublicAccessBlock,
  putAccountPublicAccessBlock,
} from './account-public-access.ts'
import { s3ControlManifest } from './manifest.ts'
import { outline } from './outline.ts'

/** Returns the permission for an operation on the whole account. */
const onAccount = (action: string) => (): Permission[] => [
  { action: `s3:${action}`, resource: '*', printedResource: null },
]

/** Everything S3 Control can do; what is missing here answers that it is not built. */
const operations = {
  GetPublicAccessBlock: {
    handle: getAccountPublicAccessBlock,
    permissions: onAccount('GetAccountPublicAccessBlock'),
    readOnly: true,
    audit: { eventName: 'GetAccountPublicAccessBlock' },
  },
  PutPublicAccessBlock: {
    handle: putAccountPublicAccessBlock,
    permissions: onAccount('PutAccountPublicAccessBlock'),
    readOnly: false,
    audit: { eventName: 'PutAccountPublicAccessBlock' },
  },
  DeletePublicAccessBlock: {
    handle: deleteAccountPublicAccessBlock,
    // AWS has no action of its own for it.
    permissions: onAccount('PutAccountPublicAccessBlock'),
    readOnly: false,
    audit: { eventName: 'DeleteAccountPublicAccessBlock' },
  },
} satisfies Record<string, Operation<Call, never, unknown>>

const definition: ServiceDefinition<Call> = { ...outline.head, operations }

/** Amazon S3 Control: what an account sets for all its buckets. */
export const s3Control: ServiceModule = {
  ...s3ControlManifest,
  definition,
  open: () => ({ context: (call) => call }),
}
