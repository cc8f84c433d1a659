/** An ETag of a condition as it is compared: without quotes, weak or not. */
const bare = (text: string) => text.trim().replace(/^W\//, '').replace(/^"|"$/g, '')

/** Returns whether a list of ETags in a condition, or `*`, holds for an object's. */
export const etagMatches = (condition: string, etag: string): boolean =>
  condition
    .split(',')
    .map(bare)
    .some((one) => one === '*' || one === etag)
