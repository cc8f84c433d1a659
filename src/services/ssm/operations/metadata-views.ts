import type { ParameterMetadata } from '@aws-sdk/client-ssm'
import type { VersionFacts } from '../domain/parameter.ts'

/** The facts of a version as DescribeParameters and GetParameterHistory answer them: all but names, values and labels. */
export const factsView = (facts: VersionFacts): Omit<ParameterMetadata, 'Name' | 'ARN'> => ({
  Type: facts.type,
  KeyId: facts.keyId,
  LastModifiedDate: new Date(facts.modifiedAtMs),
  LastModifiedUser: facts.modifiedBy,
  Description: facts.description,
  AllowedPattern: facts.allowedPattern,
  Version: facts.version,
  Tier: facts.tier,
  Policies: facts.policies.map(({ text, type, status }) => ({
    PolicyText: text,
    PolicyType: type,
    PolicyStatus: status,
  })),
  DataType: facts.dataType,
})
