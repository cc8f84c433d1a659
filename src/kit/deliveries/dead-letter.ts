import { parseArn } from '../../core/arn.ts'
import { xmlText } from '../message-attributes.ts'
import { bodyOf } from './delivery.ts'
import type { GivenUp } from './delivery-source.ts'
import type { Outgoing } from './outbox.ts'
import { toQueue } from './targets.ts'

/** How many characters of the words of a failure go into an attribute. */
const mostCharacters = 1000

/**
 * Makes what takes the place of a delivery that is given up: the way to its dead-letter queue.
 * @param words - attributes that say why. Those of the delivery stand beside them.
 * @returns undefined where it has no such queue.
 */
export function deadLetterOf(
  outgoing: Outgoing,
  words: Readonly<Record<string, string>>,
  givenUp: GivenUp,
  nowMs: number,
): Outgoing | undefined {
  const { deadLetter } = outgoing
  if (!deadLetter || !parseArn(deadLetter.queueArn)) return undefined
  // They may be any; those that a queue does not take would lose the letter.
  const said = Object.entries(words).map(([name, value]) => [name, xmlText(value.slice(0, mostCharacters))] as const)
  const attributes = Object.entries({ ...deadLetter.attributes, ...Object.fromEntries(said) })
  const target = toQueue(deadLetter.queueArn, {
    // What the target was refused for must not keep its letter back.
    MessageBody: xmlText(deadLetter.body ?? bodyOf(outgoing)),
    MessageGroupId: deadLetter.groupId,
    MessageDeduplicationId: deadLetter.deduplicationId,
    MessageAttributes: Object.fromEntries(
      attributes.flatMap(([name, value]) => (value === '' ? [] : [[name, { DataType: 'String', StringValue: value }]])),
    ),
  })
  return { ...outgoing, target, deadLetter: undefined, givenUp, tries: 0, acceptedAtMs: nowMs, notBeforeMs: nowMs }
}
