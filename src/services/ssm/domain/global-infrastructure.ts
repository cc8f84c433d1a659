import { branch, leaf, type PublicNode } from './public-tree.ts'

/** What `public-catalogue/regions.generated.json` holds of a region. */
export interface RegionFacts {
  longName: string
  partition: string
  domain: string
  geolocationCountry: string
  geolocationRegion: string
  /** Zone ids. */
  availabilityZones: readonly string[]
  localZones: readonly string[]
  wavelengthZones: readonly string[]
}

/** What `public-catalogue/services.generated.json` holds of a service. */
export interface ServiceFacts {
  longName: string
  marketingHomeURL?: string
  endpointPrefix: string
  /** `HTTPS` */
  protocols: string
  absentFrom: readonly string[]
  /** By partition, for services with one endpoint in all of it. */
  centralEndpoints?: Readonly<Record<string, string>>
  /** By region, where the endpoint has not the usual form. */
  otherEndpoints: Readonly<Record<string, string>>
}

export interface GlobalFacts {
  regions: Readonly<Record<string, RegionFacts>>
  services: Readonly<Record<string, ServiceFacts>>
  version: string
}

/**
 * `/aws/service/global-infrastructure`: where AWS is and what it offers there. The same in every region, but for
 * `current-region`.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
 */
export function globalInfrastructure(facts: GlobalFacts): PublicNode {
  const regions = Object.entries(facts.regions)
  const zones = (kind: ZoneKind) => listOf(regions.flatMap(([, region]) => region[kind]))
  return branch({
    'current-region': { entry: (region) => ({ value: region, version: 1 }) },
    version: leaf(facts.version),
    regions: named(facts.regions, (region, known) => regionNode(facts, region, known)),
    services: named(facts.services, (service, known) => serviceNode(facts, service, known)),
    'availability-zones': zones('availabilityZones'),
    'local-zones': zones('localZones'),
    'wavelength-zones': zones('wavelengthZones'),
  })
}

type ZoneKind = 'availabilityZones' | 'localZones' | 'wavelengthZones'

/** Children made from facts when they are asked for. */
const named = <T>(facts: Readonly<Record<string, T>>, node: (name: string, known: T) => PublicNode): PublicNode => ({
  childNames: () => Object.keys(facts),
  child: (name) => {
    const known = Object.hasOwn(facts, name) ? facts[name] : undefined
    return known === undefined ? undefined : node(name, known)
  },
})

/** Names that are their own values. */
const listOf = (names: readonly string[]): PublicNode =>
  branch(Object.fromEntries(names.map((name) => [name, leaf(name)])))

const constant = (value: string) => () => ({ value, version: 1 })

function regionNode({ services }: GlobalFacts, region: string, known: RegionFacts): PublicNode {
  const { longName, domain, geolocationCountry, geolocationRegion, partition } = known
  const offered = Object.fromEntries(
    Object.entries(services).filter(([, { absentFrom }]) => !absentFrom.includes(region)),
  )
  return branch(
    {
      longName: leaf(longName),
      domain: leaf(domain),
      geolocationCountry: leaf(geolocationCountry),
      geolocationRegion: leaf(geolocationRegion),
      partition: leaf(partition),
      'availability-zones': listOf(known.availabilityZones),
      'local-zones': listOf(known.localZones),
      'wavelength-zones': listOf(known.wavelengthZones),
      services: named(offered, (service, facts) => endpointNode(service, facts, region, known)),
    },
    constant(region),
  )
}

function serviceNode({ regions }: GlobalFacts, service: string, facts: ServiceFacts): PublicNode {
  const offering = Object.fromEntries(Object.entries(regions).filter(([region]) => !facts.absentFrom.includes(region)))
  return branch(
    {
      longName: leaf(facts.longName),
      ...(facts.marketingHomeURL !== undefined && { marketingHomeURL: leaf(facts.marketingHomeURL) }),
      regions: named(offering, (region, known) => endpointNode(region, facts, region, known)),
    },
    constant(service),
  )
}

/** A service in a region. @param value - of the node itself: the service under a region, the region under a service. */
function endpointNode(value: string, facts: ServiceFacts, region: string, known: RegionFacts): PublicNode {
  const usual = `${facts.endpointPrefix}.${region}.${known.domain}`
  const endpoint = facts.otherEndpoints[region] ?? facts.centralEndpoints?.[known.partition] ?? usual
  return branch({ endpoint: leaf(endpoint), protocols: leaf(facts.protocols) }, constant(value))
}
