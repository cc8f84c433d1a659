import type { Permission } from '../../../core/operation.ts'
import { resourceTagKeys } from '../../../kit/tag-keys.ts'
import { catalogArn, catalogName, databaseArn, tableArn } from '../domain/catalog.ts'
import { catalogPolicyRules } from '../domain/catalog-policy.ts'
import { otherCatalog } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'
import { catalogPolicies, databases, thePolicy } from '../storage/collections.ts'

// A call needs its permission on the catalogue, the database and the table that it is about:
// https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html

export interface Named {
  CatalogId?: string | undefined
}

/** The account and Region of a call. */
export const scopeOf = ({ call: { accountId, region } }: GlueContext) => ({ accountId, region })

async function permissionsOn(context: GlueContext, input: object, resources: readonly string[]): Promise<Permission[]> {
  const { call, identity } = context
  const { CatalogId } = input as Named
  if (CatalogId !== undefined && CatalogId !== call.accountId) throw otherCatalog(CatalogId)
  const kept = await call.store.in(catalogPolicies).get(scopeOf(context), thePolicy)
  const policy = kept && (await catalogPolicyRules.inForce(identity, kept.policy))
  return resources.map((resource) => ({
    ...{ action: `glue:${call.operation}`, resource, resourceAccountId: call.accountId },
    ...(policy && { policy }),
  }))
}

export const onCatalog = <I extends object>(context: GlueContext, input: I): Promise<Permission[]> =>
  permissionsOn(context, input, [catalogArn(scopeOf(context))])

/** @param name - the member of the input that names the database. */
export const onDatabase =
  <I extends Named>(name: (input: I) => string | undefined) =>
  async (context: GlueContext, input: I): Promise<Permission[]> => {
    const scope = scopeOf(context)
    const database = (name(input) ?? '').toLowerCase()
    const asked = await permissionsOn(context, input, [catalogArn(scope), databaseArn(scope, database)])
    const found = await context.call.store.in(databases).get(scope, database)
    return found ? asked.map((one) => ({ ...one, context: resourceTagKeys(found.tags) })) : asked
  }

/** @param names - of the tables; none is all of them. */
export const onTables =
  <I extends Named & { DatabaseName?: string | undefined }>(names: (input: I) => readonly (string | undefined)[]) =>
  async (context: GlueContext, input: I): Promise<Permission[]> => {
    const scope = scopeOf(context)
    const database = catalogName(input.DatabaseName ?? '')
    const tables = names(input).map((name) => tableArn(scope, database, (name ?? '').toLowerCase()))
    return permissionsOn(context, input, [catalogArn(scope), databaseArn(scope, database), ...tables])
  }
