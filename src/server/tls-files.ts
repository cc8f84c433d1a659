import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { readRegularFile } from '../core/files.ts'
import { ConfigError } from './config.ts'

/**
 * Reads a certificate and its key, and makes sure that TLS can be served with them.
 * @throws ConfigError naming the file, and what is wrong with it.
 */
export function readTlsFiles({ certFile, keyFile }: { certFile: string; keyFile: string }): {
  cert: Buffer
  key: Buffer
} {
  const cert = read(certFile, 'certificate')
  const key = read(keyFile, "certificate's key")
  // A certificate of one kind and a key of another make a context that fails with every client.
  if (!certificateOf(cert, certFile).checkPrivateKey(privateKeyOf(key, keyFile))) {
    throw new ConfigError(`The key in ${keyFile} does not belong to the first certificate in ${certFile}.`)
  }
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw new ConfigError(`TLS cannot be served with ${certFile} and ${keyFile}: ${reasonOf(cause)}.`)
  }
  return { cert, key }
}

function read(file: string, what: string): Buffer {
  try {
    return readRegularFile(file)
  } catch (cause) {
    throw new ConfigError(`The ${what} cannot be read from ${file} (${reasonOf(cause)}): name a PEM file.`)
  }
}

function certificateOf(pem: Buffer, file: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new ConfigError(`${file} does not begin with a certificate in PEM form: ${reasonOf(cause)}.`)
  }
}

function privateKeyOf(pem: Buffer, file: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw new ConfigError(
      `The key in ${file} is encrypted, and the server cannot ask for its passphrase: decrypt it with "openssl pkey" into ` +
        'a file that only this user can read.',
    )
  }
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new ConfigError(`${file} holds no private key in PEM form: ${reasonOf(cause)}.`)
  }
}

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
