const orders = new WeakMap<object, readonly string[]>()

/**
 * Says in which order the items of several flattened lists of an output stand in its XML, where that is not list after list.
 * @param members - for each item, the name of the list that it is the next one of.
 */
export function withElementOrder<Output extends object>(output: Output, members: readonly string[]): Output {
  orders.set(output, members)
  return output
}

export const elementOrderOf = (output: object): readonly string[] | undefined => orders.get(output)
