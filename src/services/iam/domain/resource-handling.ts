import { invalidSimulation } from './errors.ts'

const common = ['instance', 'image', 'security-group', 'network-interface']

/** Kinds of resources that a scenario of ResourceHandlingOption needs, as the API reference lists them. */
const scenarios: Record<string, readonly string[]> = {
  'EC2-VPC-InstanceStore': common,
  'EC2-VPC-InstanceStore-Subnet': [...common, 'subnet'],
  'EC2-VPC-EBS': [...common, 'volume'],
  'EC2-VPC-EBS-Subnet': [...common, 'subnet', 'volume'],
}

/** @throws ServiceError InvalidInput for an unknown scenario, or one whose resources are not all there. */
export function checkResourceHandling(option: string | undefined, resourceArns: readonly string[]): void {
  if (option === undefined) return
  const needed = Object.hasOwn(scenarios, option) ? scenarios[option] : undefined
  if (!needed) throw invalidSimulation(`${option} is not a resource handling option.`)
  for (const kind of needed) {
    if (!resourceArns.some((arn) => arn.includes(`:${kind}/`))) {
      throw invalidSimulation(`The resource handling option ${option} needs a resource of type ${kind}.`)
    }
  }
}
