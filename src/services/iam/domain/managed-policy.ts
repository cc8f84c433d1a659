import type { ManagedPolicy, PolicyVersion } from './entities.ts'
import { isDefaultVersion, policyVersionNotFound, tooManyVersions } from './errors.ts'
import { quotas } from './quotas.ts'

/** The document in force. */
export function defaultDocument(policy: ManagedPolicy): string {
  return findVersion(policy, policy.defaultVersionId).document
}

/** @throws ServiceError NoSuchEntity. */
export function findVersion(policy: ManagedPolicy, versionId: string): PolicyVersion {
  const version = policy.versions.find((candidate) => candidate.versionId === versionId)
  if (!version) throw policyVersionNotFound(policy.arn, versionId)
  return version
}

/** Adds a version, the newest. @throws ServiceError LimitExceeded when there are five. */
export function addVersion(policy: ManagedPolicy, document: string, setAsDefault: boolean, nowMs: number) {
  if (policy.versions.length >= quotas.versionsPerPolicy) throw tooManyVersions()
  const lastVersion = policy.lastVersion + 1
  const version: PolicyVersion = { versionId: `v${lastVersion}`, document, createdAtMs: nowMs }
  const changed: ManagedPolicy = {
    ...policy,
    versions: [version, ...policy.versions],
    lastVersion,
    defaultVersionId: setAsDefault ? version.versionId : policy.defaultVersionId,
    updatedAtMs: nowMs,
  }
  return { policy: changed, version }
}

/** @throws ServiceError NoSuchEntity, DeleteConflict for the default version. */
export function removeVersion(policy: ManagedPolicy, versionId: string, nowMs: number): ManagedPolicy {
  findVersion(policy, versionId)
  if (versionId === policy.defaultVersionId) throw isDefaultVersion()
  const versions = policy.versions.filter((version) => version.versionId !== versionId)
  return { ...policy, versions, updatedAtMs: nowMs }
}

/** @throws ServiceError NoSuchEntity. */
export function setDefaultVersion(policy: ManagedPolicy, versionId: string, nowMs: number): ManagedPolicy {
  findVersion(policy, versionId)
  return { ...policy, defaultVersionId: versionId, updatedAtMs: nowMs }
}
