/** Limits as the AWS Secrets Manager User Guide, "Quotas", states them. */
export const quotas = {
  secrets: 500_000,
  labels: 20,
  /** What is kept of versions without labels that are older than a day. */
  versions: 100,
  /** Versions that may not be removed yet count too: AWS names no number for them. */
  versionsAtMost: 1000,
  tags: 50,
} as const
