import { publicNamespace } from './parameter-name.ts'

/** A public parameter as the catalogue has it. */
export interface CatalogueEntry {
  value: string
  version: number
}

/**
 * A level of the public namespace. Children are made when they are asked for, so that a tree of ten thousands of names takes
 * no memory until it is read.
 */
export interface PublicNode {
  /** The parameter that stands here, in a region; absent where there is only a path. */
  entry?(region: string): CatalogueEntry | undefined
  /** In any order. */
  childNames?(region: string): Iterable<string>
  child?(name: string, region: string): PublicNode | undefined
}

/** A parameter of one value everywhere. */
export const leaf = (value: string): PublicNode => ({ entry: () => ({ value, version: 1 }) })

/** A level with children that are known by name. */
export const branch = (children: Readonly<Record<string, PublicNode>>, entry?: PublicNode['entry']): PublicNode => ({
  ...(entry && { entry }),
  childNames: () => Object.keys(children),
  child: (name) => (Object.hasOwn(children, name) ? children[name] : undefined),
})

/** A tree from paths, `a/b/c`; one path may stand above another. */
export function treeOf(entries: Iterable<readonly [path: string, entry: PublicNode['entry']]>): PublicNode {
  const root: Growing = { children: new Map() }
  for (const [path, entry] of entries) {
    let node = root
    for (const name of path.split('/')) {
      const next = node.children.get(name) ?? { children: new Map() }
      node.children.set(name, next)
      node = next
    }
    node.entry = entry
  }
  return grown(root)
}

interface Growing {
  entry?: PublicNode['entry']
  children: Map<string, Growing>
}

const grown = ({ entry, children }: Growing): PublicNode => {
  const nodes = new Map([...children].map(([name, child]) => [name, grown(child)]))
  return { ...(entry && { entry }), childNames: () => nodes.keys(), child: (name) => nodes.get(name) }
}

/** The parameter of a name. */
export const findEntry = (tree: PublicNode, region: string, qualified: string): CatalogueEntry | undefined =>
  findNode(tree, region, qualified)?.entry?.(region)

/** @param path - `/aws/service`, or what stands under it. */
function findNode(tree: PublicNode, region: string, path: string): PublicNode | undefined {
  if (path === publicNamespace) return tree
  let node: PublicNode | undefined = tree
  for (const name of path.slice(publicNamespace.length + 1).split('/')) node = node?.child?.(name, region)
  return node
}

/** The names directly under a path that have a parameter, in order. */
export function* namesDirectlyUnder(tree: PublicNode, region: string, path: string): Generator<string> {
  const node = findNode(tree, region, path)
  for (const name of [...(node?.childNames?.(region) ?? [])].sort()) {
    if (node?.child?.(name, region)?.entry?.(region)) yield `${path}/${name}`
  }
}

/** All names under a path that have a parameter, those after one first; in order of their bytes. */
export function* namesUnder(tree: PublicNode, region: string, path: string, afterName: string): Generator<string> {
  const node = findNode(tree, region, path)
  if (node) yield* walk(node, region, `${path}/`, afterName)
}

function* walk(node: PublicNode, region: string, prefix: string, afterName: string): Generator<string> {
  // A name sorts apart from what stands under it: `a`, `a-b`, `a/c`.
  const parts = [...(node.childNames?.(region) ?? [])].flatMap((name) => [name, `${name}/`]).sort()
  for (const part of parts) {
    const name = prefix + part
    const isSubtree = part.endsWith('/')
    if (name <= afterName && !(isSubtree && afterName.startsWith(name))) continue
    const child = node.child?.(isSubtree ? part.slice(0, -1) : part, region)
    if (!child) continue
    if (isSubtree) yield* walk(child, region, name, afterName)
    else if (child.entry?.(region)) yield name
  }
}
