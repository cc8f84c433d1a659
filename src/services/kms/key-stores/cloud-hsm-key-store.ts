import { randomBytes } from 'node:crypto'
import type { StoreCiphertext } from '../domain/algorithms/store-ciphertext.ts'
import type { CustomKeyStore } from '../domain/key-stores/custom-key-store.ts'
import {
  type Hsm,
  type HsmCluster,
  type HsmClusters,
  type HsmSession,
  kmsUser,
} from '../domain/key-stores/hsm-cluster.ts'
import { KeyStoreFailure } from '../domain/key-stores/key-store-failures.ts'
import type { KeyStoreFacts, KeyStoreProvider, OpenedKeyStore } from '../domain/key-stores/key-store-provider.ts'

/**
 * Key stores in CloudHSM clusters: keys are made, used and deleted inside the device. KMS stays logged in as kmsuser while a
 * store is connected, and gives that user a new password with every connection.
 */
export class CloudHsmKeyStore implements KeyStoreProvider {
  readonly #clusters: HsmClusters
  /** By the id of the store. After a restart they are opened again when they are first needed. */
  readonly #sessions = new Map<string, Promise<HsmSession>>()

  constructor(clusters: HsmClusters) {
    this.#clusters = clusters
  }

  async inspect({ store }: OpenedKeyStore): Promise<KeyStoreFacts> {
    const cluster = await this.#find(store)
    if (!cluster.isActive) throw new KeyStoreFailure('cluster-not-active')
    checkTwoZones(cluster)
    if (!(await cluster.hasTrustAnchor(settingsOf(store).trustAnchorCertificate))) {
      throw new KeyStoreFailure('incorrect-trust-anchor')
    }
    return { clusterCertificate: cluster.certificate }
  }

  async prepareConnection(store: CustomKeyStore): Promise<{ nextSecret: string }> {
    // The connection's error code reports a cluster that is not there.
    const cluster = await this.#clusters.find(store, settingsOf(store).clusterId)
    if (cluster && !cluster.isActive) throw new KeyStoreFailure('cluster-not-active')
    if (cluster && activeHsms(cluster).length === 0) throw new KeyStoreFailure('no-hsm')
    return { nextSecret: randomBytes(24).toString('base64url') }
  }

  async connect({ store, secret, nextSecret }: OpenedKeyStore): Promise<void> {
    await this.disconnect(store)
    const cluster = await this.#find(store)
    if (!cluster.isActive) throw new KeyStoreFailure('cluster-not-active')
    if (activeHsms(cluster).length === 0) throw new KeyStoreFailure('no-hsm')
    const session = await loginAndChangePassword(cluster, secret, nextSecret)
    this.#sessions.set(store.customKeyStoreId, Promise.resolve(session))
  }

  async disconnect({ customKeyStoreId }: CustomKeyStore): Promise<void> {
    const session = this.#sessions.get(customKeyStoreId)
    this.#sessions.delete(customKeyStoreId)
    await session?.then((open) => open.logout()).catch(ignoreFailure)
  }

  async createKey(opened: OpenedKeyStore, { keyArn }: { keyArn: string }): Promise<string> {
    checkTwoZones(await this.#find(opened.store))
    return this.#use(opened, (session) => session.generateAesKey(keyArn))
  }

  encrypt(opened: OpenedKeyStore, keyId: string, plaintext: Uint8Array, associatedData: Uint8Array) {
    return this.#use(opened, (session) => session.encrypt(keyId, plaintext, associatedData))
  }

  decrypt(opened: OpenedKeyStore, keyId: string, sealed: StoreCiphertext, associatedData: Uint8Array) {
    return this.#use(opened, (session) => session.decrypt(keyId, sealed, associatedData))
  }

  randomBytes(opened: OpenedKeyStore, count: number): Promise<Buffer> {
    return this.#use(opened, (session) => session.randomBytes(count))
  }

  async deleteKey(opened: OpenedKeyStore, keyId: string): Promise<void> {
    try {
      await this.#use(opened, (session) => session.deleteKey(keyId))
    } catch (failure) {
      if (!(failure instanceof KeyStoreFailure && failure.kind === 'hsm-key-missing')) throw failure
    }
  }

  async #find(store: CustomKeyStore): Promise<HsmCluster> {
    const cluster = await this.#clusters.find(store, settingsOf(store).clusterId)
    if (!cluster) throw new KeyStoreFailure('cluster-not-found')
    return cluster
  }

  async #use<T>(opened: OpenedKeyStore, work: (session: HsmSession) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#sessionOf(opened))
    } catch (failure) {
      // The next use logs in anew.
      if (failure instanceof KeyStoreFailure && failure.kind === 'hsm-unreachable') {
        this.#sessions.delete(opened.store.customKeyStoreId)
      }
      throw failure
    }
  }

  #sessionOf({ store, secret }: OpenedKeyStore): Promise<HsmSession> {
    const { customKeyStoreId: id } = store
    const open = this.#sessions.get(id)
    if (open) return open
    const login = this.#find(store).then((cluster) => cluster.login(kmsUser, secret))
    this.#sessions.set(id, login)
    login.catch(() => {
      if (this.#sessions.get(id) === login) this.#sessions.delete(id)
    })
    return login
  }
}

/** An earlier attempt may have changed the password and died before it could be noted: then the new one holds already. */
async function loginAndChangePassword(cluster: HsmCluster, secret: string, nextSecret: string | undefined) {
  let session: HsmSession
  try {
    session = await cluster.login(kmsUser, secret)
  } catch (failure) {
    const isOutdated = failure instanceof KeyStoreFailure && failure.kind === 'invalid-password'
    if (!isOutdated || nextSecret === undefined) throw failure
    return cluster.login(kmsUser, nextSecret)
  }
  try {
    if (nextSecret !== undefined) await session.changePassword(nextSecret)
    return session
  } catch (failure) {
    await session.logout().catch(ignoreFailure)
    throw failure
  }
}

const activeHsms = ({ hsms }: HsmCluster): Hsm[] => hsms.filter(({ isActive }) => isActive)

function checkTwoZones(cluster: HsmCluster): void {
  const zones = new Set(activeHsms(cluster).map(({ availabilityZone }) => availabilityZone))
  if (zones.size < 2) throw new KeyStoreFailure('too-few-hsms')
}

/** Ignores a failure of the cluster: a store is disconnected whether or not its cluster answers. */
function ignoreFailure(failure: unknown): void {
  if (!(failure instanceof KeyStoreFailure)) throw failure
}

function settingsOf({ customKeyStoreId, cluster }: CustomKeyStore) {
  if (!cluster) throw new Error(`${customKeyStoreId} has no cluster`)
  return cluster
}
