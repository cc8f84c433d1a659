import { createHash } from 'node:crypto'
import { expandBraces } from './brace-patterns.ts'
import { branch, type CatalogueEntry, leaf, type PublicNode, treeOf } from './public-tree.ts'

/** What `public-catalogue/images.json` holds. */
export interface ImageFacts {
  /** When these versions were published. */
  published: string
  /** Regions in which Amazon Linux 1 is still found. */
  amazonLinuxOneRegions: readonly string[]
  /** Names, with braces for alternatives. */
  amazonLinuxOne: readonly string[]
  /** Path under `/aws/service` → names under it, with braces for alternatives. */
  images: Readonly<Record<string, readonly string[]>>
  ecs: {
    agent: string
    runtime: string
    variants: Readonly<Record<string, { image: string; os: string; source: string }>>
  }
  eks: {
    /** Date of the release. */
    release: string
    /** Minor version → patch version. */
    kubernetes: Readonly<Record<string, string>>
    /** Path → image name. */
    variants: Readonly<Record<string, string>>
    /** The last minor version for which there is a variant. */
    endsWith: Readonly<Record<string, string>>
  }
  /** Region → name → what AWS answered. */
  recorded: Readonly<Record<string, Readonly<Record<string, { image: string; version: number }>>>>
}

const amazonLinuxPath = 'ami-amazon-linux-latest'

/** The parameters that name images, by their first level under `/aws/service`. */
export function imageNodes(facts: ImageFacts): Record<string, PublicNode> {
  const nodes = Object.entries(facts.images).map(([path, names]) => {
    const [family = '', ...below] = path.split('/')
    const expanded = names.flatMap(expandBraces).map((name) => [...below, name].join('/'))
    return [family, treeOf(expanded.map((name) => [name, entryOf(facts, family, name)]))] as const
  })
  const first = facts.amazonLinuxOne.flatMap(expandBraces)
  const byName = Object.fromEntries(nodes)
  return {
    ...byName,
    [amazonLinuxPath]: withAmazonLinuxOne(facts, byName[amazonLinuxPath] ?? {}, first),
    ecs: branch({ 'optimized-ami': treeOf(ecsEntries(facts)) }),
    eks: branch({ 'optimized-ami': treeOf(eksEntries(facts)) }),
  }
}

/** The ids of all images of a region. */
export function* imagesOf(facts: ImageFacts, region: string): Generator<string> {
  for (const [path, names] of Object.entries(facts.images)) {
    const [family = '', ...below] = path.split('/')
    for (const name of names.flatMap(expandBraces)) {
      yield entryOf(facts, family, [...below, name].join('/'))(region).value
    }
  }
  for (const name of facts.amazonLinuxOne.flatMap(expandBraces)) {
    if (facts.amazonLinuxOneRegions.includes(region)) yield entryOf(facts, amazonLinuxPath, name)(region).value
  }
  for (const { image } of Object.values(facts.ecs.variants)) yield imageId(region, image, 1)
  for (const { image } of eksImages(facts)) yield imageId(region, image, 1)
}

/** The id of an image, the same for the same image of the same region for ever. */
const imageId = (region: string, image: string, version: number): string =>
  `ami-0${createHash('sha256').update(`${region}\n${image}\n${version}`).digest('hex').slice(0, 16)}`

const entryOf =
  (facts: ImageFacts, family: string, name: string) =>
  (region: string): CatalogueEntry => {
    const recorded = facts.recorded[region] ?? {}
    const own = family === amazonLinuxPath ? recorded[name] : undefined
    if (own) return { value: own.image, version: own.version }
    // Images of one publisher are published together.
    const kin =
      family === amazonLinuxPath && Object.keys(recorded).find((other) => other.split('-')[0] === name.split('-')[0])
    const version = (kin && recorded[kin]?.version) || 1
    return { value: imageId(region, `${family}/${name}`, version), version }
  }

function withAmazonLinuxOne(facts: ImageFacts, node: PublicNode, first: readonly string[]): PublicNode {
  const older = (region: string) => (facts.amazonLinuxOneRegions.includes(region) ? first : [])
  return {
    childNames: (region) => [...(node.childNames?.(region) ?? []), ...older(region)],
    child: (name, region) =>
      older(region).includes(name) ? { entry: entryOf(facts, amazonLinuxPath, name) } : node.child?.(name, region),
  }
}

type Entry = readonly [path: string, entry: PublicNode['entry']]

/** A recommendation as one JSON text, and some of its members as parameters of their own. */
const recommendation = (
  path: string,
  document: (region: string) => Record<string, unknown>,
  members: readonly string[],
): Entry[] => [
  [path, (region) => ({ value: JSON.stringify(document(region)), version: 1 })],
  ...members.map(
    (member): Entry => [`${path}/${member}`, (region) => ({ value: String(document(region)[member]), version: 1 })],
  ),
]

function ecsEntries({ ecs }: ImageFacts): Entry[] {
  return Object.entries(ecs.variants).flatMap(([path, { image, os, source }]) => {
    const document = (region: string) => ({
      ecs_agent_version: ecs.agent,
      ecs_runtime_version: ecs.runtime,
      image_id: imageId(region, image, 1),
      image_name: image,
      image_version: /\d[\d.]*\d/.exec(image.replace(/^(amzn2?|al2023)/, ''))?.[0] ?? '',
      os,
      schema_version: 1,
      source_image_name: source,
    })
    const members = Object.keys(document(''))
    return [
      ...recommendation(`${path}/recommended`, document, members),
      ...recommendation(`${path}/${image}`, document, ['image_id']),
    ]
  })
}

function* eksImages({ eks }: ImageFacts) {
  const minors = Object.keys(eks.kubernetes)
  for (const [variant, pattern] of Object.entries(eks.variants)) {
    const last = eks.endsWith[variant]
    const supported = last === undefined ? minors : minors.slice(0, minors.indexOf(last) + 1)
    for (const minor of supported) {
      const image = pattern.replace('{kubernetes}', minor).replace('{release}', eks.release)
      yield { path: `${minor}/${variant}`, image, release: `${eks.kubernetes[minor]}-${eks.release}` }
    }
  }
}

function eksEntries(facts: ImageFacts): Entry[] {
  return [...eksImages(facts)].flatMap(({ path, image, release }): Entry[] => {
    const document = (region: string) => ({
      schema_version: '2',
      image_id: imageId(region, image, 1),
      image_name: image,
      release_version: release,
    })
    return [
      ...recommendation(`${path}/recommended`, document, ['image_id', 'image_name', 'release_version']),
      [`${path}/${image}/image_id`, (region) => ({ value: imageId(region, image, 1), version: 1 })],
    ]
  })
}

/** `/aws/service/list`: the families with the paths under which they stand. */
export const familyList = (families: readonly string[]): PublicNode =>
  branch(Object.fromEntries(families.map((family) => [family, leaf(`/aws/service/${family}/`)])))
