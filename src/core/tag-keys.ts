import type { RequestContext } from './operation.ts'

/** Tags as pairs of key and value. */
type Tags = readonly (readonly [key: string, value: string])[]

/** Condition keys of the tags that a request carries. */
export function requestTagKeys(tags: Tags): RequestContext {
  if (tags.length === 0) return {}
  const context: RequestContext = { 'aws:TagKeys': tags.map(([key]) => key) }
  for (const [key, value] of tags) context[`aws:RequestTag/${key}`] = value
  return context
}

/**
 * Condition keys of the tags that a resource has.
 * @param ownName - what the service calls them beside the global name: `secretsmanager:ResourceTag`.
 */
export function resourceTagKeys(tags: Tags, ownName?: string): RequestContext {
  const context: RequestContext = {}
  for (const [key, value] of tags) {
    context[`aws:ResourceTag/${key}`] = value
    if (ownName) context[`${ownName}/${key}`] = value
  }
  return context
}

/**
 * Condition keys of the tags that a request makes a resource with: they are the request's and the resource's.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html - `aws:ResourceTag`
 */
export const createdTagKeys = (tags: Tags, ownName?: string): RequestContext => ({
  ...requestTagKeys(tags),
  ...resourceTagKeys(tags, ownName),
})
