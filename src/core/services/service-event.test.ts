import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceEvent } from './service-event.ts'

test('the members of a service event stand in the order of AWS, those that are not there left out', () => {
  const event = {
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'RotationFailed',
    timeMs: 0,
    scope: { accountId: '111122223333', region: 'us-east-1' },
  }
  const full = serviceEvent({
    ...event,
    resources: [],
    serviceEventDetails: {},
    additionalEventData: {},
    requestId: 'a request id',
    error: { message: 'it did not work' },
  })
  assert.equal(
    Object.keys(JSON.parse(JSON.stringify(full))).join(' '),
    'eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorMessage ' +
      'requestParameters responseElements additionalEventData requestID eventID readOnly resources eventType ' +
      'managementEvent recipientAccountId serviceEventDetails eventCategory',
  )
  const bare = JSON.parse(JSON.stringify(serviceEvent(event)))
  assert.ok(!('errorMessage' in bare) && !('requestID' in bare) && !('serviceEventDetails' in bare))
})
