import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
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
  },
  tasks: {
    'generate-policy': 'strongroom:GeneratePolicy',
    'managed-policies': 'strongroom:ImportManagedPolicies',
    'replay-policy': 'strongroom:ReplayPolicy',
  },
}
