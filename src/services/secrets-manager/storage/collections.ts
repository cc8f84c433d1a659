import { type CollectionSpec, indexedPrefix, type Scope, type Store } from '../../../core/store.ts'
import type { Rotation } from '../domain/rotation.ts'
import type { Secret, SecretVersion } from '../domain/secret.ts'
import { type IndexedText, textsOf } from '../domain/secret-filters.ts'

/** What reads need: the store itself, or a transaction. */
export type Reader = Pick<Store, 'in'>

/** Times as text in the order of the times. */
const inOrder = (timeMs: number): string => String(timeMs).padStart(15, '0')

/** The orders in which secrets are listed beside that of their names. */
export const secretOrders = {
  created: ({ createdAtMs }: Secret) => inOrder(createdAtMs),
  changed: ({ changedAtMs }: Secret) => inOrder(changedAtMs),
  accessed: ({ accessedDayMs = 0 }: Secret) => inOrder(accessedDayMs),
}

const prefixesOf = (of: IndexedText) => (secret: Secret) => textsOf[of](secret).map(indexedPrefix)

/** Under the name. */
export const secrets: CollectionSpec<Secret> = {
  name: 'secretsmanager.secrets',
  indexes: {
    created: (secret) => [secretOrders.created(secret)],
    changed: (secret) => [secretOrders.changed(secret)],
    accessed: (secret) => [secretOrders.accessed(secret)],
    'tag-key': prefixesOf('tag-key'),
    'tag-value': prefixesOf('tag-value'),
    'primary-region': prefixesOf('primary-region'),
    'owning-service': prefixesOf('owning-service'),
  },
}

/** The place of a version among those of its secret, by age. */
export const ageOf = ({ secretUid, createdAtMs }: Pick<SecretVersion, 'secretUid' | 'createdAtMs'>): string =>
  `${secretUid}/${inOrder(createdAtMs)}`

/** Under the secret's uid and the version's id. Values are encrypted under KMS keys. */
export const versions: CollectionSpec<SecretVersion> = {
  name: 'secretsmanager.versions',
  indexes: { age: (version) => [ageOf(version)] },
}

export const versionKey = (secretUid: string, versionId: string): string => `${secretUid}/${versionId}`

/** Rotations in progress, under the name of the secret. */
export const rotations: CollectionSpec<Rotation> = { name: 'secretsmanager.rotations', sealed: ['rotationToken'] }

/** How many secrets there are: one document an account and region. */
export const secretCounts: CollectionSpec<{ secrets: number }> = { name: 'secretsmanager.secret-counts' }

export const secretCountId = 'secrets'

export const scopeOf = ({ accountId, region }: Scope): Scope => ({ accountId, region })
