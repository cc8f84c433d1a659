import type { ConnectionErrorCodeType } from '@aws-sdk/client-kms'
import { ServiceError } from '../../../../core/service-error.ts'

/**
 * A key store did not do what it was asked. The cause stays inside: what a proxy or a device says is not for callers.
 * `operationError`, `creationError` and `connectionErrorOf` tell what becomes of it.
 */
export class KeyStoreFailure extends Error {
  readonly kind: FailureKind
  /** Replaces the text of the kind. */
  readonly detail: string | undefined

  constructor(kind: FailureKind, options?: { detail?: string; cause?: unknown }) {
    super(`key store: ${kind}`, { cause: options?.cause })
    this.name = 'KeyStoreFailure'
    this.kind = kind
    this.detail = options?.detail
  }
}

interface Rule {
  message: string
  /** Of CreateCustomKeyStore and UpdateCustomKeyStore. */
  management: string
  /** Of CreateKey. Default: CustomKeyStoreInvalidStateException. */
  creation?: string
  connection: ConnectionErrorCodeType
}

const repeatedly = 'If you see this error repeatedly,'
const notInterpreted =
  'AWS KMS cannot interpret the response from the external key store proxy. ' +
  `${repeatedly} consult your external key store proxy administrator.`
const rejected = (why: string) => `The external key store proxy rejected the request because ${why}`

/**
 * What goes wrong with external key stores, as the AWS KMS Developer Guide, "Troubleshooting external key stores", words it,
 * and with CloudHSM clusters (texts of our own).
 */
const rules = {
  // External key stores

  unreachable: {
    message:
      'AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. ' +
      `${repeatedly} verify that your external key store proxy is active and is connected to the network, ` +
      'and that its endpoint URI is correct in your external key store.',
    management: 'XksProxyUriUnreachableException',
    connection: 'XKS_PROXY_NOT_REACHABLE',
  },
  'tls-refused': {
    message:
      'AWS KMS cannot establish a TLS connection to the external key store proxy. ' +
      'Verify the TLS configuration, including its certificate.',
    management: 'XksProxyInvalidConfigurationException',
    connection: 'XKS_PROXY_INVALID_TLS_CONFIGURATION',
  },
  'timed-out': {
    message:
      'AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. ' +
      `${repeatedly} report it to your external key store proxy administrator.`,
    management: 'XksProxyUriUnreachableException',
    connection: 'XKS_PROXY_TIMED_OUT',
  },
  'invalid-response': {
    message: notInterpreted,
    management: 'XksProxyInvalidResponseException',
    connection: 'XKS_PROXY_INVALID_RESPONSE',
  },
  'authentication-failed': {
    message: rejected(
      'it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary.',
    ),
    management: 'XksProxyIncorrectAuthenticationCredentialException',
    connection: 'INVALID_CREDENTIALS',
  },
  'access-denied': {
    message:
      'The external key store proxy denied access to the operation. Verify that the user and the external key are both ' +
      'authorized for this operation, and try the request again.',
    management: 'XksProxyInvalidConfigurationException',
    connection: 'XKS_PROXY_ACCESS_DENIED',
  },
  'invalid-path': {
    message: rejected(
      'of an invalid URI path. Verify the URI path for your external key store and update if necessary.',
    ),
    management: 'XksProxyInvalidConfigurationException',
    connection: 'XKS_PROXY_INVALID_CONFIGURATION',
  },
  throttled: {
    message:
      'The external key store proxy rejected the request due to a very high request rate. ' +
      'Reduce the frequency of your calls using KMS keys in this external key store.',
    management: 'XksProxyUriUnreachableException',
    connection: 'XKS_PROXY_NOT_REACHABLE',
  },
  unhealthy: {
    message:
      'The external key store proxy is in an unhealthy state. ' +
      'If you see this message repeatedly, notify your external key store proxy administrator.',
    management: 'XksProxyUriUnreachableException',
    connection: 'XKS_PROXY_NOT_REACHABLE',
  },
  'dependency-timed-out': {
    message:
      'The external key store proxy did not respond to the request in the time allotted. Retry the request. ' +
      `${repeatedly} report it to your external key store proxy administrator.`,
    management: 'XksProxyUriUnreachableException',
    connection: 'XKS_PROXY_TIMED_OUT',
  },
  'not-supported': {
    message: rejected('it does not support the requested cryptographic operation.'),
    management: 'XksProxyInvalidResponseException',
    connection: 'XKS_PROXY_INVALID_RESPONSE',
  },
  'external-key-not-found': {
    message: rejected('it could not find the external key.'),
    management: 'XksProxyInvalidResponseException',
    creation: 'XksKeyNotFoundException',
    connection: 'XKS_PROXY_INVALID_RESPONSE',
  },
  'external-key-disabled': {
    message: rejected('the external key is not enabled in the external key manager.'),
    management: 'XksProxyUriUnreachableException',
    creation: 'XksKeyInvalidConfigurationException',
    connection: 'XKS_PROXY_NOT_REACHABLE',
  },
  'external-key-unfit': {
    message: rejected('the external key does not support the requested operation.'),
    management: 'XksProxyInvalidResponseException',
    creation: 'XksKeyInvalidConfigurationException',
    connection: 'XKS_PROXY_INVALID_RESPONSE',
  },
  'ciphertext-rejected': {
    message: rejected(
      'the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.',
    ),
    management: 'XksProxyInvalidResponseException',
    connection: 'XKS_PROXY_INVALID_RESPONSE',
  },
  'ciphertext-invalid': {
    message:
      'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, ' +
      'is corrupted, missing, or otherwise invalid.',
    management: 'XksProxyInvalidResponseException',
    connection: 'XKS_PROXY_INVALID_RESPONSE',
  },

  // CloudHSM clusters

  'cluster-not-found': {
    message: 'AWS KMS cannot find the AWS CloudHSM cluster.',
    management: 'CloudHsmClusterNotFoundException',
    creation: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'CLUSTER_NOT_FOUND',
  },
  'cluster-not-active': {
    message: 'The AWS CloudHSM cluster is not active. Initialize and activate it.',
    management: 'CloudHsmClusterNotActiveException',
    creation: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'INTERNAL_ERROR',
  },
  'too-few-hsms': {
    message: 'The AWS CloudHSM cluster must have at least two active HSMs, each in a different Availability Zone.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    creation: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'INSUFFICIENT_CLOUDHSM_HSMS',
  },
  'no-hsm': {
    message: 'The AWS CloudHSM cluster must have at least one active HSM.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    creation: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'INSUFFICIENT_CLOUDHSM_HSMS',
  },
  'incorrect-trust-anchor': {
    message: 'The certificate is not the trust anchor certificate of the AWS CloudHSM cluster.',
    management: 'IncorrectTrustAnchorException',
    connection: 'INTERNAL_ERROR',
  },
  'invalid-password': {
    message: 'The password is not that of kmsuser in the AWS CloudHSM cluster.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'INVALID_CREDENTIALS',
  },
  'user-locked-out': {
    message: 'The crypto user kmsuser is locked out of the AWS CloudHSM cluster.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'USER_LOCKED_OUT',
  },
  'user-logged-in': {
    message: 'The crypto user kmsuser is logged into the AWS CloudHSM cluster already.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'USER_LOGGED_IN',
  },
  'user-not-found': {
    message: 'The AWS CloudHSM cluster has no crypto user kmsuser.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'USER_NOT_FOUND',
  },
  'subnet-not-found': {
    message: 'A subnet of the AWS CloudHSM cluster was deleted.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'SUBNET_NOT_FOUND',
  },
  'no-free-addresses': {
    message: 'A subnet of the AWS CloudHSM cluster has no free address.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET',
  },
  'hsm-unreachable': {
    message: 'AWS KMS cannot communicate with the AWS CloudHSM cluster.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'NETWORK_ERRORS',
  },
  'hsm-key-missing': {
    message: 'The key material of the KMS key is not in the AWS CloudHSM cluster.',
    management: 'CloudHsmClusterInvalidConfigurationException',
    connection: 'INTERNAL_ERROR',
  },
} as const satisfies Record<string, Rule>

export type FailureKind = keyof typeof rules

export const failureKinds = Object.keys(rules) as readonly FailureKind[]

const ruleOf = ({ kind }: KeyStoreFailure): Rule => rules[kind]

const refusal = (code: string, failure: KeyStoreFailure) =>
  new ServiceError(code, 400, failure.detail ?? ruleOf(failure).message)

/** Returns what CreateCustomKeyStore, UpdateCustomKeyStore and ConnectCustomKeyStore answer. */
export const managementError = (failure: KeyStoreFailure): ServiceError => refusal(ruleOf(failure).management, failure)

/** Returns what CreateKey answers. */
export const creationError = (failure: KeyStoreFailure): ServiceError =>
  refusal(ruleOf(failure).creation ?? 'CustomKeyStoreInvalidStateException', failure)

/** Returns what cryptographic operations answer: AWS has one exception for whatever is wrong behind a KMS key. */
export const useError = (failure: KeyStoreFailure): ServiceError => refusal('KMSInvalidStateException', failure)

/** Returns what becomes of a connection that failed. */
export const connectionErrorOf = (failure: KeyStoreFailure): ConnectionErrorCodeType => ruleOf(failure).connection

/** Waits for a key store; its failures become what the operation answers, and faults stay faults. */
export async function answering<T>(asked: Promise<T>, errorOf: (failure: KeyStoreFailure) => ServiceError): Promise<T> {
  try {
    return await asked
  } catch (thrown) {
    throw thrown instanceof KeyStoreFailure ? errorOf(thrown) : thrown
  }
}
