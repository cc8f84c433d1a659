import { BoundedMap } from '../../../core/bounded-map.ts'
import { globalInfrastructure } from '../domain/global-infrastructure.ts'
import { disjoint, justBefore, merged, type SearchScope, type Source } from '../domain/listing.ts'
import { publicNamespace } from '../domain/parameter-name.ts'
import { familyList, type ImageFacts, imageNodes, imagesOf } from '../domain/public-images.ts'
import { type PublicParameter, publicParameter } from '../domain/public-parameter.ts'
import { branch, findEntry, namesDirectlyUnder, namesUnder, type PublicNode } from '../domain/public-tree.ts'

/** The public parameters that the server brings itself: facts in files, loaded when the first one is asked for. */
export class PublicCatalogue {
  #loaded: Promise<LoadedCatalogue> | undefined
  /** By Region, which is what callers say it is. */
  readonly #images = new BoundedMap<string, ReadonlySet<string>>(50)

  async find(region: string, qualified: string): Promise<PublicParameter | undefined> {
    return parameterIn(await this.#load(), region, qualified)
  }

  source(region: string, searchScope: SearchScope): Source<PublicParameter> {
    return async (afterName, limit) => {
      const catalogue = await this.#load()
      const source = merged(
        namesOn(catalogue.tree, region, searchScope).map((names) => sourceOf(catalogue, region, names)),
      )
      return source(afterName, limit)
    }
  }

  /** Returns whether one of the parameters of a region names an image. */
  async hasImage(region: string, imageId: string): Promise<boolean> {
    const known = this.#images.get(region) ?? new Set(imagesOf((await this.#load()).images, region))
    this.#images.set(region, known)
    return known.has(imageId)
  }

  #load(): Promise<LoadedCatalogue> {
    this.#loaded ??= loadCatalogue()
    return this.#loaded
  }
}

interface LoadedCatalogue {
  tree: PublicNode
  images: ImageFacts
  publishedAtMs: number
}

async function loadCatalogue(): Promise<LoadedCatalogue> {
  const json = { with: { type: 'json' } } as const
  const [{ default: images }, { default: regions }, { default: services }] = await Promise.all([
    import('../public-catalogue/images.json', json),
    import('../public-catalogue/regions.generated.json', json),
    import('../public-catalogue/services.generated.json', json),
  ])
  const facts: ImageFacts = images
  const families = {
    ...imageNodes(facts),
    'global-infrastructure': globalInfrastructure({
      regions,
      services: services as Parameters<typeof globalInfrastructure>[0]['services'],
      version: facts.published.slice(0, 10),
    }),
  }
  const tree = branch({ ...families, list: familyList(Object.keys(families)) })
  return { tree, images: facts, publishedAtMs: Date.parse(facts.published) }
}

function parameterIn(
  { tree, publishedAtMs }: LoadedCatalogue,
  region: string,
  qualified: string,
): PublicParameter | undefined {
  const entry = findEntry(tree, region, qualified)
  return entry && publicParameter({ qualified, ...entry, modifiedAtMs: publishedAtMs })
}

/** Names in order, those after one alone. */
type Names = (afterName: string) => Iterable<string>

function namesOn(tree: PublicNode, region: string, searchScope: SearchScope): Names[] {
  switch (searchScope.kind) {
    case 'names':
      return [() => [...searchScope.names].sort()]
    case 'parents':
      return searchScope.paths.map((path) => () => namesDirectlyUnder(tree, region, path))
    case 'prefixes':
      return disjoint(searchScope.prefixes).map((prefix) => (afterName) => namesFrom(tree, region, prefix, afterName))
  }
}

function* namesFrom(tree: PublicNode, region: string, prefix: string, afterName: string): Generator<string> {
  const [, start = afterName] = [afterName, justBefore(prefix)].sort()
  for (const name of namesUnder(tree, region, publicNamespace, start)) {
    if (!name.startsWith(prefix)) return
    yield name
  }
}

const sourceOf =
  (catalogue: LoadedCatalogue, region: string, names: Names): Source<PublicParameter> =>
  async (afterName, limit) => {
    const rows: PublicParameter[] = []
    for (const name of names(afterName)) {
      if (rows.length >= limit) break
      const parameter = name > afterName ? parameterIn(catalogue, region, name) : undefined
      if (parameter) rows.push(parameter)
    }
    return rows
  }
