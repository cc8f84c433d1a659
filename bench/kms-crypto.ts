// KMS's cryptographic operations per second through a durable server, against the same cryptography in a bare loop of
// node:crypto; and what a stream of new RSA_4096 keys does to Encrypt. Usage: node bench/kms-crypto.ts [seconds]
import { execFile } from 'node:child_process'
import * as crypto from 'node:crypto'
import {
  createHash,
  createHmac,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPair,
  sign,
  verify,
} from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { signPrehashed, verifyPrehashed } from '../src/crypto/prehashed/signatures.ts'
import { type SignedRequest, send, signJson, toBytes } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'

const seconds = Number(process.argv[2] ?? 2)
const rounds = 7
const execute = promisify(execFile)
const loader = fileURLToPath(new URL('load.ts', import.meta.url))

interface KeyPair {
  publicKey: crypto.KeyObject
  privateKey: crypto.KeyObject
}

interface Load {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  statuses: Record<string, number>
  /** Of the whole run, warm-up included. */
  answered: number
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
const server = await startServerProcess(dataDir)
const { port, credentials } = server

const kms = (operation: string, input: object) => signJson({ port, service: 'kms', operation, input }, credentials)

async function call(operation: string, input: object): Promise<Record<string, string>> {
  const { status, body } = await send(port, kms(operation, input))
  if (status !== 200) throw new Error(`${operation} is refused: ${body}`)
  return JSON.parse(body)
}

async function newKey(KeySpec: string, KeyUsage: string): Promise<string> {
  const { KeyMetadata } = (await call('CreateKey', { KeySpec, KeyUsage })) as unknown as {
    KeyMetadata: { KeyId: string }
  }
  return KeyMetadata.KeyId
}

async function load(request: SignedRequest, connections: number, forSeconds = seconds): Promise<Load> {
  const options = { port, connections, seconds: forSeconds, warmupSeconds: 1, requests: [toBytes(request)] }
  const { stdout } = await execute(process.execPath, [loader, JSON.stringify(options)], { maxBuffer: 1e7 })
  const result: Load = JSON.parse(stdout)
  if (Object.keys(result.statuses).join() !== '200') throw new Error(JSON.stringify(result.statuses))
  return result
}

/** How often a second something can be done, eight at a time: enough for every thread of the pool. */
async function bare(work: () => unknown): Promise<number> {
  const untilMs = performance.now() + seconds * 1000
  let done = 0
  const drive = async () => {
    while (performance.now() < untilMs) {
      await work()
      done++
    }
  }
  await Promise.all(Array.from({ length: 8 }, drive))
  return Math.round(done / seconds)
}

interface Case {
  name: string
  request: SignedRequest
  bare: () => unknown
}

const Message = Buffer.alloc(256, 7)
const message = Message.toString('base64')
const makePair = promisify(generateKeyPair) as (type: string, options?: object) => Promise<KeyPair>
const signAsync = promisify(sign) as (hash: string | null, data: Buffer, key: unknown) => Promise<Buffer>
const verifyAsync = promisify(verify) as (
  hash: string | null,
  data: Buffer,
  key: unknown,
  signature: Buffer,
) => Promise<boolean>

/** Sign and Verify of one algorithm, of the message and of its digest. */
async function signing(KeySpec: string, SigningAlgorithm: string, pair: KeyPair): Promise<Case[]> {
  const KeyId = await newKey(KeySpec, 'SIGN_VERIFY')
  const hash = /SHAKE|ED25519/.test(SigningAlgorithm) ? null : `sha${SigningAlgorithm.slice(-3)}`
  const isPss = SigningAlgorithm.includes('PSS')
  const keyed = (key: crypto.KeyObject) => (isPss ? { key, padding: 6, saltLength: -1 } : key)
  const input = { KeyId, SigningAlgorithm, Message: message }
  const { Signature } = await call('Sign', input)
  const signature = await signAsync(hash, Message, keyed(pair.privateKey))
  const raw: Case[] = [
    {
      name: `Sign ${KeySpec} RAW`,
      request: kms('Sign', input),
      bare: () => signAsync(hash, Message, keyed(pair.privateKey)),
    },
    {
      name: `Verify ${KeySpec} RAW`,
      request: kms('Verify', { ...input, Signature }),
      bare: () => verifyAsync(hash, Message, keyed(pair.publicKey), signature),
    },
  ]
  if (SigningAlgorithm.startsWith('ED25519')) return raw
  const isMlDsa = hash === null
  const scheme = isMlDsa
    ? ({ kind: 'ml-dsa-mu' } as const)
    : KeySpec.startsWith('RSA')
      ? ({ kind: isPss ? 'rsa-pss' : 'rsa-pkcs1', hash: hash as 'sha256' } as const)
      : ({ kind: 'ecdsa' } as const)
  const digest = isMlDsa ? Buffer.alloc(64, 7) : createHash(hash).update(Message).digest()
  const hashed = {
    KeyId,
    SigningAlgorithm,
    Message: digest.toString('base64'),
    MessageType: isMlDsa ? 'EXTERNAL_MU' : 'DIGEST',
  }
  const own = signPrehashed(scheme, pair.privateKey, digest)
  const theirs = await call('Sign', hashed)
  return [
    ...raw,
    {
      name: `Sign ${KeySpec} ${hashed.MessageType}`,
      request: kms('Sign', hashed),
      bare: () => signPrehashed(scheme, pair.privateKey, digest),
    },
    {
      name: `Verify ${KeySpec} ${hashed.MessageType}`,
      request: kms('Verify', { ...hashed, Signature: theirs.Signature }),
      bare: () => verifyPrehashed(scheme, pair.publicKey, digest, own),
    },
  ]
}

async function encrypting(): Promise<Case[]> {
  const cases: Case[] = []
  const symmetric = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
  const secret = crypto.randomBytes(32)
  const seal = () => {
    const cipher = crypto.createCipheriv('aes-256-gcm', secret, crypto.randomBytes(12))
    return Buffer.concat([cipher.update(Message), cipher.final(), cipher.getAuthTag()])
  }
  cases.push({
    name: 'Encrypt SYMMETRIC_DEFAULT',
    request: kms('Encrypt', { KeyId: symmetric, Plaintext: message }),
    bare: seal,
  })
  const pair = await makePair('rsa', { modulusLength: 2048 })
  const KeyId = await newKey('RSA_2048', 'ENCRYPT_DECRYPT')
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const input = { KeyId, EncryptionAlgorithm, Plaintext: message.slice(0, 44) }
  const { CiphertextBlob } = await call('Encrypt', input)
  const oaep = { oaepHash: 'sha256', padding: crypto.constants.RSA_PKCS1_OAEP_PADDING }
  const own = crypto.publicEncrypt({ key: pair.publicKey, ...oaep }, Message.subarray(0, 32))
  cases.push(
    {
      name: 'Encrypt RSA_2048',
      request: kms('Encrypt', input),
      bare: () => crypto.publicEncrypt({ key: pair.publicKey, ...oaep }, Message.subarray(0, 32)),
    },
    {
      name: 'Decrypt RSA_2048',
      request: kms('Decrypt', { KeyId, EncryptionAlgorithm, CiphertextBlob }),
      bare: () => crypto.privateDecrypt({ key: pair.privateKey, ...oaep }, own),
    },
    {
      name: 'GenerateDataKeyPair P256',
      request: kms('GenerateDataKeyPair', { KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' }),
      bare: () => makePair('ec', { namedCurve: 'prime256v1' }),
    },
  )
  return cases
}

async function others(): Promise<Case[]> {
  const hmac = await newKey('HMAC_256', 'GENERATE_VERIFY_MAC')
  const secret = crypto.randomBytes(32)
  const mac = { KeyId: hmac, MacAlgorithm: 'HMAC_SHA_256', Message: message }
  const { Mac } = await call('GenerateMac', mac)
  const hash = () => createHmac('sha256', secret).update(Message).digest()
  const agreement = await newKey('ECC_NIST_P256', 'KEY_AGREEMENT')
  const [ours, theirs] = await Promise.all([1, 2].map(() => makePair('ec', { namedCurve: 'prime256v1' })))
  if (!ours || !theirs) throw new Error('no key pairs')
  const PublicKey = theirs.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const kem = await newKey('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE')
  const kemPair = await makePair('ml-kem-768')
  const kemInput = { KeyId: kem, EncapsulationAlgorithm: 'ML_KEM' }
  const { SharedSecretCiphertextBlob } = await call('Encapsulate', kemInput)
  const { ciphertext } = encapsulate(kemPair.publicKey)
  return [
    { name: 'GenerateMac HMAC_256', request: kms('GenerateMac', mac), bare: hash },
    { name: 'VerifyMac HMAC_256', request: kms('VerifyMac', { ...mac, Mac }), bare: hash },
    {
      name: 'DeriveSharedSecret P256',
      request: kms('DeriveSharedSecret', { KeyId: agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
      bare: () => diffieHellman({ privateKey: ours.privateKey, publicKey: theirs.publicKey }),
    },
    {
      name: 'Encapsulate ML_KEM_768',
      request: kms('Encapsulate', kemInput),
      bare: () => encapsulate(kemPair.publicKey),
    },
    {
      name: 'Decapsulate ML_KEM_768',
      request: kms('Decapsulate', { ...kemInput, SharedSecretCiphertextBlob }),
      bare: () => decapsulate(kemPair.privateKey, ciphertext),
    },
  ]
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

const print = (cells: readonly (string | number)[]) =>
  console.log(
    String(cells[0]).padEnd(34) +
      cells
        .slice(1)
        .map((cell) => String(cell).padStart(11))
        .join(''),
  )

try {
  const ec = (namedCurve: string) => makePair('ec', { namedCurve })
  const cases = [
    ...(await encrypting()),
    ...(await others()),
    ...(await signing('RSA_2048', 'RSASSA_PSS_SHA_256', await makePair('rsa', { modulusLength: 2048 }))),
    ...(await signing('RSA_4096', 'RSASSA_PKCS1_V1_5_SHA_256', await makePair('rsa', { modulusLength: 4096 }))),
    ...(await signing('ECC_NIST_P256', 'ECDSA_SHA_256', await ec('prime256v1'))),
    ...(await signing('ECC_NIST_P384', 'ECDSA_SHA_384', await ec('secp384r1'))),
    ...(await signing('ECC_NIST_P521', 'ECDSA_SHA_512', await ec('secp521r1'))),
    ...(await signing('ECC_SECG_P256K1', 'ECDSA_SHA_256', await ec('secp256k1'))),
    ...(await signing('ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', await makePair('ed25519'))),
    ...(await signing('ML_DSA_65', 'ML_DSA_SHAKE_256', await makePair('ml-dsa-65'))),
  ]
  console.log(`32 connections, ${seconds} s each; strongroom durable on SQLite with the audit on`)
  print(['operation', 'strongroom/s', 'bare/s', 'ratio', 'p50 ms', 'p99 ms'])
  for (const each of cases) {
    const alone = await bare(each.bare)
    const { requestsPerSecond, p50Ms, p99Ms } = await load(each.request, 32)
    print([each.name, requestsPerSecond, alone, (requestsPerSecond / alone).toFixed(3), p50Ms, p99Ms])
  }

  console.log(
    `\nEncrypt while RSA_4096 keys are asked for without pause, by four clients; medians of ${rounds} rounds in turns`,
  )
  print(['connections', 'quiet p50', 'quiet p99', 'busy p50', 'busy p99', 'p99 ratio', 'new keys/s'])
  const KeyId = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
  const encrypt = kms('Encrypt', { KeyId, Plaintext: message })
  const create = kms('CreateKey', { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' })
  for (const connections of [1, 8, 64]) {
    const quiet: Load[] = []
    const busy: Load[] = []
    let keys = 0
    for (let round = 0; round < rounds; round++) {
      quiet.push(await load(encrypt, connections))
      const stream = load(create, 4, seconds + 1)
      busy.push(await load(encrypt, connections))
      keys += (await stream).answered
    }
    const [quietP99, busyP99] = [quiet, busy].map((loads) => median(loads.map(({ p99Ms }) => p99Ms))) as [
      number,
      number,
    ]
    const [quietP50, busyP50] = [quiet, busy].map((loads) => median(loads.map(({ p50Ms }) => p50Ms))) as [
      number,
      number,
    ]
    const perSecond = (keys / rounds / (seconds + 2)).toFixed(1)
    print([connections, quietP50, quietP99, busyP50, busyP99, (busyP99 / quietP99).toFixed(2), perSecond])
  }
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
