import type { RequestContext } from '../core/operation.ts'
import type { GivenTag } from './tags.ts'

/** Condition keys of the tags that a request carries. A tag without a key has none. */
export function requestTagKeys(given: readonly GivenTag[]): RequestContext {
  const keys = given.flatMap(({ Key }) => (Key === undefined ? [] : [Key]))
  return keys.length === 0 ? {} : withTags(removedTagKeys(keys), 'aws:RequestTag', given)
}

/**
 * Condition keys of the tags that a resource has.
 * @param ownName - what the service calls them beside the global name: `secretsmanager:ResourceTag`.
 */
export function resourceTagKeys(tags: readonly GivenTag[], ownName?: string): RequestContext {
  const context = withTags({}, 'aws:ResourceTag', tags)
  return ownName ? withTags(context, ownName, tags) : context
}

/**
 * Condition keys of the tags that a request makes a resource with: they are the request's and the resource's.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html - `aws:ResourceTag`
 */
export const createdTagKeys = (given: readonly GivenTag[] = [], ownName?: string): RequestContext => ({
  ...requestTagKeys(given),
  ...resourceTagKeys(given, ownName),
})

/** Condition keys of a request that takes tags away. */
export const removedTagKeys = (keys: readonly string[]): RequestContext => ({ 'aws:TagKeys': keys })

function withTags(context: RequestContext, name: string, tags: readonly GivenTag[]): RequestContext {
  for (const { Key, Value = '' } of tags) if (Key !== undefined) context[`${name}/${Key}`] = Value
  return context
}
