import { type Awaitable, andThen } from '../../../core/awaitable.ts'
import type { ManagedPolicy } from '../domain/entities.ts'
import { arraySource, type Source } from '../domain/pagination.ts'
import { cataloguePolicyArns, findCataloguePolicy } from '../managed-policies/catalogue.ts'
import { everywhere, importedPolicies, type Reader } from './collections.ts'

// AWS's own policies are those that the server brings and those that an operator imported: of each, the newer version.

/** @param arn - of a policy of AWS's own. */
export const findAwsPolicy = (reader: Reader, arn: string): Awaitable<ManagedPolicy | undefined> =>
  andThen(reader.in(importedPolicies).get(everywhere, arn), (imported) => newerOf(findCataloguePolicy(arn), imported))

function newerOf(brought: ManagedPolicy | undefined, imported: ManagedPolicy | undefined): ManagedPolicy | undefined {
  if (!imported || !brought) return imported ?? brought
  return imported.lastVersion >= brought.lastVersion ? imported : brought
}

/** All of AWS's own policies whose ARN passes a test, in order of ARN; each is looked up when its page is read. */
export async function awsPolicySource(reader: Reader, asked: (arn: string) => boolean): Promise<Source<ManagedPolicy>> {
  const imported = await reader.in(importedPolicies).list(everywhere)
  const arns = new Set([...cataloguePolicyArns(), ...imported.map(({ id }) => id)])
  const source = arraySource('aws-managed-policies', [...arns].filter(asked), (arn) => arn)
  return {
    name: source.name,
    async read(after, limit) {
      const page = await source.read(after, limit)
      const found = page.map(async ({ place, row: arn }) => ({ place, row: await findAwsPolicy(reader, arn) }))
      return (await Promise.all(found)).flatMap(({ place, row }) => (row ? [{ place, row }] : []))
    },
  }
}
