/**
 * Lambda's quotas.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const quotas = {
  zippedBytes: 52_428_800,
  unzippedBytes: 262_144_000,
  /** Of a whole request that carries code, which is base64 in JSON. */
  codeRequestBytes: 70_167_211,
  codeStorageBytes: 75 * 1024 ** 3,
  environmentBytes: 4096,
  maxMemoryMegabytes: 10_240,
  maxTimeoutSeconds: 900,
  policyBytes: 20_480,
  /** Of a request and of an answer. */
  syncPayloadBytes: 6_291_556,
  asyncPayloadBytes: 1024 * 1024,
  /** What may wait for one function: this server's own limits, AWS publishes none. */
  queuedEvents: 10_000,
  queuedEventBytes: 256 * 1024 * 1024,
  /** Of an account that reserves some for single functions, what the others must be left. */
  minUnreservedConcurrency: 100,
  tags: 50,
  pageSize: 50,
} as const
