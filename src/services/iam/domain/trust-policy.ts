import type { PolicyDocument, PrincipalType } from '../../../policy/language.ts'

/**
 * Finds the first principal that cannot exist in a trust policy: a canonical user, whom policies of S3 alone can name, or a
 * service whose name has not the form of one. Which services there are is AWS's to say, so that any name of the form is taken.
 */
export function impossiblePrincipal({ statements }: PolicyDocument): { type: PrincipalType; name: string } | undefined {
  for (const { principal } of statements) {
    if (principal === undefined || principal === '*') continue
    const [canonicalUser] = principal.get('CanonicalUser') ?? []
    if (canonicalUser !== undefined) return { type: 'CanonicalUser', name: canonicalUser }
    const service = principal.get('Service')?.find((name) => !servicePrincipal.test(name))
    if (service !== undefined) return { type: 'Service', name: service }
  }
  return undefined
}

const servicePrincipal =
  /^(\*|([A-Za-z0-9-]+\.)+(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal|aws\.dev|api\.aws))$/
