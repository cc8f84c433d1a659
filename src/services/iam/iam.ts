import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import type { IamContext } from './iam-context.ts'
import { iamOperations } from './iam-service.ts'
import { importManagedPolicies } from './managed-policy-imports.ts'
import { iamManifest } from './manifest.ts'
import { CallEntities } from './storage/call-entities.ts'

const definition: ServiceDefinition<IamContext> = {
  name: 'iam',
  title: 'AWS Identity and Access Management',
  principal: 'iam.amazonaws.com',
  apiVersion: '2010-05-08',
  bindings: [
    {
      protocol: 'awsQuery',
      version: '2010-05-08',
      xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
      times: 'seconds',
    },
  ],
  globalRegion: 'us-east-1',
  messageMember: 'message',
  validationErrorCode: 'ValidationError',
  validationShowsValues: false,
  // IAM words what is wrong with these members' letters itself; the operations check them.
  wordedMembers: [
    ...['UserName', 'NewUserName', 'GroupName', 'NewGroupName', 'RoleName', 'PolicyName', 'InstanceProfileName'],
    ...['Path', 'NewPath', 'PathPrefix', 'AccountAlias'],
  ],
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: iamOperations,
}

/** AWS Identity and Access Management. */
export const iam: ServiceModule = {
  ...iamManifest,
  definition,
  open: ({ store, clock, identity, sealer, home }) => ({
    context: (call): IamContext => ({
      call,
      entities: new CallEntities(call),
      keyUsers: new FoundOnce(),
      directory: identity,
      sealer,
    }),
    tasks: {
      'managed-policies': {
        action: 'strongroom:ImportManagedPolicies',
        run: (input, caller) => importManagedPolicies({ store, clock, accountId: home.accountId }, input, caller),
      },
    },
  }),
}
