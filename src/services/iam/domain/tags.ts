import type { RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import { type GivenTag, type Tag, tagging } from '../../../kit/tags.ts'
import { duplicateTagKeys, reservedTagKey, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'

const rules = {
  most: quotas.tags,
  sorted: true,
  reservedFirst: true,
  reservedKey: reservedTagKey,
  tooMany: tooManyTags,
}

/**
 * Tags of users, roles and instance profiles, which tell keys apart without regard to case.
 * @throws ServiceError InvalidInput (a key twice, a reserved key), LimitExceeded (more than 50).
 */
export const entityTags = tagging({ ...rules, ignoresCase: true, keyGivenTwice: () => duplicateTagKeys(true) })

/** Tags of policies, which tell keys apart by case too. @throws ServiceError as for entities. */
export const policyTags = tagging({ ...rules, keyGivenTwice: () => duplicateTagKeys(false) })

/** IAM's own name for the tags of its resources, beside the global one. */
const ownTagName = 'iam:ResourceTag'

/** Condition keys of the tags that a resource has. */
export const resourceTagContext = (tags: readonly Tag[]): RequestContext => resourceTagKeys(tags, ownTagName)

/** Condition keys of the tags that a resource is made with. */
export const createdTagContext = (given?: readonly GivenTag[]): RequestContext => createdTagKeys(given, ownTagName)
