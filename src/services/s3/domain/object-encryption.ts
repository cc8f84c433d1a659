/** How an object is encrypted at rest, with what is needed to decrypt it again. Bytes are base64. */
export type ObjectEncryption =
  | { algorithm: 'AES256' }
  | {
      algorithm: 'aws:kms' | 'aws:kms:dsse'
      keyArn: string
      /** The object's data key: encrypted by KMS, or, with a bucket key, sealed under the bucket's data key. */
      dataKey: string
      /** The bucket's data key, encrypted by KMS. */
      bucketKey?: string
      /** The encryption context of the caller, beside the ARN that S3 adds. */
      context?: Readonly<Record<string, string>>
    }
  | {
      algorithm: 'SSE-C'
      keyMd5: string
      salt: string
      /** HMAC of the customer's key under the salt. */
      verifier: string
    }
