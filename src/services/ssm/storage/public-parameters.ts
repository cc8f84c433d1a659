import type { Scope } from '../../../core/store.ts'
import { merged, type SearchScope, type Source } from '../domain/listing.ts'
import { everyRegion, type PublicImports, type PublicParameter, publicParameter } from '../domain/public-parameter.ts'
import { importedParameters, publicImports, publicImportsId, publicImportsScope, type Reader } from './collections.ts'
import { parameterSource } from './parameter-sources.ts'
import type { PublicCatalogue } from './public-catalogue.ts'

/** The public parameters of a server: what it brings itself, and what was imported over it. */
export class PublicParameters {
  readonly #catalogue: PublicCatalogue

  constructor(catalogue: PublicCatalogue) {
    this.#catalogue = catalogue
  }

  async find(reader: Reader, region: string, qualified: string): Promise<PublicParameter | undefined> {
    const imports = await currentImports(reader)
    for (const scope of scopesOf(imports, region).reverse()) {
      const imported = await reader.in(importedParameters).get(scope, qualified)
      if (imported) return publicParameter(imported)
    }
    return imports.replacesCatalogue ? undefined : this.#catalogue.find(region, qualified)
  }

  source(reader: Reader, region: string, searchScope: SearchScope): Source<PublicParameter> {
    return async (afterName, limit) => {
      const imports = await currentImports(reader)
      const sources = imports.replacesCatalogue ? [] : [this.#catalogue.source(region, searchScope)]
      for (const scope of scopesOf(imports, region)) sources.push(importedSource(reader, scope, searchScope))
      return merged(sources)(afterName, limit)
    }
  }

  /** Returns whether a parameter names an image of the region: all that is known of images. */
  async hasImage(reader: Reader, region: string, imageId: string): Promise<boolean> {
    const imports = await currentImports(reader)
    const index = { name: 'image', value: imageId }
    for (const scope of scopesOf(imports, region)) {
      if ((await reader.in(importedParameters).list(scope, { index, limit: 1 })).length > 0) return true
    }
    return !imports.replacesCatalogue && this.#catalogue.hasImage(region, imageId)
  }
}

export const currentImports = async (reader: Reader): Promise<PublicImports> =>
  (await reader.in(publicImports).get(publicImportsScope, publicImportsId)) ?? {
    importIds: [],
    replacesCatalogue: false,
  }

/** Where imports keep what holds in a region; what comes later wins. */
const scopesOf = ({ importIds }: PublicImports, region: string): Scope[] =>
  importIds.flatMap((accountId) => [
    { accountId, region: everyRegion },
    { accountId, region },
  ])

const importedSource = (reader: Reader, scope: Scope, searchScope: SearchScope): Source<PublicParameter> => {
  const source = parameterSource({ reader, spec: importedParameters, scope }, searchScope)
  return async (afterName, limit) => (await source(afterName, limit)).map(publicParameter)
}
