import type { AuditDeclaration, Operation, Permission } from '../../core/operation.ts'
import { removedTagKeys, requestTagKeys } from '../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../kit/tags.ts'
import { bodyTooLarge } from './domain/errors.ts'
import type { LogsContext } from './logs-context.ts'
import { describeLogGroups, describeLogStreams } from './operations/describe.ts'
import { filterLogEvents, testMetricFilter } from './operations/filter-log-events.ts'
import { deleteMetricFilter, describeMetricFilters, putMetricFilter } from './operations/filters/metric-filters.ts'
import {
  deleteSubscriptionFilter,
  describeSubscriptionFilters,
  putSubscriptionFilter,
} from './operations/filters/subscription-filters.ts'
import { getLogEvents } from './operations/get-log-events.ts'
import { getLogGroupFields } from './operations/insights/group-fields.ts'
import {
  deleteQueryDefinition,
  describeQueryDefinitions,
  putQueryDefinition,
} from './operations/insights/query-definitions.ts'
import { describeQueries, getLogRecord, getQueryResults, onRecord } from './operations/insights/query-results.ts'
import { onQueriedGroups, startQuery, stopQuery } from './operations/insights/start-query.ts'
import { associateKmsKey, disassociateKmsKey, nameOfTarget } from './operations/kms-keys.ts'
import { listLogGroups } from './operations/list-log-groups.ts'
import { onTailedGroups, startLiveTail } from './operations/live-tail/start-live-tail.ts'
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  putDeletionProtection,
  putRetentionPolicy,
} from './operations/log-groups.ts'
import { createLogStream, deleteLogStream } from './operations/log-streams.ts'
import {
  nameOfArn,
  onGroup,
  onGroupOrGroups,
  onGroups,
  onNewGroup,
  onNewStream,
  onNothing,
  onStream,
  onSubscription,
  onTags,
  unmasked,
} from './operations/permissions.ts'
import { putLogEvents } from './operations/put-log-events.ts'
import { deleteResourcePolicy, describeResourcePolicies, putResourcePolicy } from './operations/resource-policies.ts'
import {
  listTagsForResource,
  listTagsLogGroup,
  tagLogGroup,
  tagResource,
  untagLogGroup,
  untagResource,
} from './operations/tags.ts'

type Handle<I, O> = (context: LogsContext, input: I) => Promise<O>
type Decide<I> = (context: LogsContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>

const read = <I, O>(
  handle: Handle<I, O>,
  permissions: Decide<NoInfer<I>>,
  audit?: AuditDeclaration<LogsContext, I, O>,
): Operation<LogsContext, I, O> => ({ handle, permissions, readOnly: true, ...(audit && { audit }) })

const write = <I, O>(
  handle: Handle<I, O>,
  permissions: Decide<NoInfer<I>>,
  audit?: AuditDeclaration<LogsContext, I, O>,
): Operation<LogsContext, I, O> => ({ handle, permissions, readOnly: false, ...(audit && { audit }) })

/** AWS records these nowhere. */
const unrecorded = <I, O>(operation: Operation<LogsContext, I, O>): Operation<LogsContext, I, O> => ({
  ...operation,
  recorded: 'never',
})

/** A batch of a megabyte whose every byte is written as `\u0000`, and what stands around it. */
const batchBody = { limitBytes: 8 * 2 ** 20, values: 60_000, tooLarge: bodyTooLarge }

const noKeys = () => ({})

/** Everything CloudWatch Logs can do; what is missing here answers that it is not built. */
export const logsOperations = {
  CreateLogGroup: write(createLogGroup, onNewGroup),
  DeleteLogGroup: write(deleteLogGroup, onGroup),
  DescribeLogGroups: read(describeLogGroups, onGroups),
  ListLogGroups: read(listLogGroups, onGroups),
  PutRetentionPolicy: write(putRetentionPolicy, onGroup),
  DeleteRetentionPolicy: write(deleteRetentionPolicy, onGroup),
  PutLogGroupDeletionProtection: write(putDeletionProtection, onGroup),
  AssociateKmsKey: write(associateKmsKey, (context, target) =>
    onGroup(context, { logGroupName: nameOfTarget(context.call, target) }),
  ),
  DisassociateKmsKey: write(disassociateKmsKey, (context, target) =>
    onGroup(context, { logGroupName: nameOfTarget(context.call, target) }),
  ),

  CreateLogStream: write(createLogStream, onNewStream),
  DeleteLogStream: write(deleteLogStream, onStream),
  DescribeLogStreams: read(describeLogStreams, onGroup),

  TagResource: write(
    tagResource,
    onTags(nameOfArn, ({ tags }) => requestTagKeys(tagsOfRecord(tags))),
  ),
  UntagResource: write(
    untagResource,
    onTags(nameOfArn, ({ tagKeys }) => removedTagKeys(tagKeys)),
  ),
  ListTagsForResource: read(listTagsForResource, onTags(nameOfArn, noKeys)),
  TagLogGroup: write(
    tagLogGroup,
    onTags(
      (_context, { logGroupName }) => logGroupName,
      ({ tags }) => requestTagKeys(tagsOfRecord(tags)),
    ),
  ),
  UntagLogGroup: write(
    untagLogGroup,
    onTags(
      (_context, { logGroupName }) => logGroupName,
      ({ tags }) => removedTagKeys(tags),
    ),
  ),
  ListTagsLogGroup: read(
    listTagsLogGroup,
    onTags((_context, { logGroupName }) => logGroupName, noKeys),
  ),

  PutLogEvents: unrecorded({ ...write(putLogEvents, onStream), body: batchBody }),
  GetLogEvents: unrecorded(read(getLogEvents, unmasked(onStream))),
  FilterLogEvents: unrecorded(read(filterLogEvents, unmasked(onGroup))),
  StartLiveTail: read(startLiveTail, onTailedGroups),

  StartQuery: write(startQuery, onQueriedGroups),
  StopQuery: write(stopQuery, onNothing),
  GetQueryResults: unrecorded(read(getQueryResults, onNothing)),
  DescribeQueries: read(describeQueries, onNothing),
  GetLogGroupFields: read(getLogGroupFields, onGroup),
  GetLogRecord: read(getLogRecord, unmasked(onRecord)),
  PutQueryDefinition: write(putQueryDefinition, onNothing),
  DescribeQueryDefinitions: read(describeQueryDefinitions, onNothing),
  DeleteQueryDefinition: write(deleteQueryDefinition, onNothing),

  PutResourcePolicy: write(putResourcePolicy, onNothing),
  DescribeResourcePolicies: read(describeResourcePolicies, onNothing),
  DeleteResourcePolicy: write(deleteResourcePolicy, onNothing),

  PutMetricFilter: write(putMetricFilter, onGroup),
  DeleteMetricFilter: write(deleteMetricFilter, onGroup),
  DescribeMetricFilters: read(describeMetricFilters, onGroupOrGroups),
  PutSubscriptionFilter: write(putSubscriptionFilter, onSubscription),
  DeleteSubscriptionFilter: write(deleteSubscriptionFilter, onGroup),
  DescribeSubscriptionFilters: read(describeSubscriptionFilters, onGroup),
  TestMetricFilter: read(testMetricFilter, onNothing, { hideRequest: ['logEventMessages'] }),
} satisfies Record<string, Operation<LogsContext, never, unknown>>
