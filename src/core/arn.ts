/** The parts of an Amazon Resource Name. `resource` is everything after the fifth colon, colons included. */
export interface Arn {
  partition: string
  service: string
  region: string
  accountId: string
  resource: string
}

/** Splits an ARN at its first five colons; undefined when the text is not an ARN. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([^:]*):([^:]*):([^:]*):([^:]*):([\s\S]+)$/.exec(text)
  if (!match) return undefined
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = match
  return { partition, service, region, accountId, resource }
}

export const formatArn = ({ partition, service, region, accountId, resource }: Arn) =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`
