import type { TestEventPatternRequest, TestEventPatternResponse } from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import { matchesPattern } from '../../../kit/event-patterns/match.ts'
import { invalidParameter } from '../domain/errors.ts'
import { checkPattern } from '../domain/patterns.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'

const requiredFields = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type']

/**
 * Returns whether an event fits a pattern.
 * @throws ServiceError InvalidEventPatternException, ValidationException - the event lacks one of the fields that all events have.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
 */
export async function testEventPattern(
  _context: EventBridgeContext,
  { EventPattern, Event }: Validated<TestEventPatternRequest>,
): Promise<TestEventPatternResponse> {
  const pattern = checkPattern(EventPattern)
  return { Result: matchesPattern(pattern, readEvent(Event)) }
}

function readEvent(text: string): object {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch {
    throw invalidParameter('Event')
  }
  if (typeof event !== 'object' || event === null || requiredFields.some((name) => !Object.hasOwn(event, name))) {
    throw invalidParameter('Event')
  }
  return event
}
