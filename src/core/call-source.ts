/** The source of a request. */
export interface CallSource {
  /** Peer address, IPv4-mapped IPv6 printed as IPv4; a service's DNS name on calls that a service makes. */
  ip: string
  userAgent?: string
  host: string
  tls?: { version: string; cipherSuite: string }
  /** Of the request's body on the wire, where its head says it. */
  bodyBytes?: number
  /** The request was an HTML form, which stands for the operation. */
  isForm?: true
  /** How a request to S3 was signed. */
  signature?: RequestSignature
}

/** What of a signature policies can ask for. */
export interface RequestSignature {
  form: 'header' | 'presigned'
  /** Since the time that was signed. */
  ageMs: number
  /** What was signed in place of the body: its hash, or a word such as UNSIGNED-PAYLOAD. */
  payloadHash: string
}
