/** The size that quotas count: characters without white space. */
export const policySize = (document: string): number => document.replace(/[\t\n\r ]/g, '').length

/** IAM returns policy documents percent-encoded: every byte outside RFC 3986's unreserved set. */
export const percentEncode = (document: string): string =>
  encodeURIComponent(document).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
