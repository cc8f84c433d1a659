/** A credential as requests name it: `accessKeyId/YYYYMMDD/region/service/aws4_request`. */
export interface CredentialScope {
  accessKeyId: string
  date: string
  region: string
  service: string
  terminator: string
}

/** @returns undefined unless the text has exactly five parts and begins with an access key id. */
export function parseCredential(credential: string): CredentialScope | undefined {
  const parts = credential.split('/', 6)
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts
  return parts.length === 5 && accessKeyId !== '' ? { accessKeyId, date, region, service, terminator } : undefined
}

/** The scope as the string to sign has it: without the access key id. */
export const scopeText = ({ date, region, service, terminator }: CredentialScope): string =>
  `${date}/${region}/${service}/${terminator}`
