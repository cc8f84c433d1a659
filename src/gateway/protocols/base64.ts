/**
 * Decodes base64 as strictly as AWS: standard alphabet, padded, no white space, no stray bits at the end.
 * @param refuse - makes the error of the protocol from AWS's text, which quotes nothing of the value.
 */
export function decodeBase64(text: string, refuse: (message: string) => Error): Uint8Array {
  if (text.length % 4 !== 0) {
    throw refuse(`Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`)
  }
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder forgives; what does not encode back to the same text was not base64. The misspelling is AWS's.
  if (bytes.toString('base64') !== text) throw refuse('Invalid last non-pad Base64 character dectected')
  return bytes
}
