import type {
  CreateApiDestinationRequest,
  CreateArchiveRequest,
  CreateConnectionRequest,
  CreateEventBusRequest,
  StartReplayRequest,
} from '@aws-sdk/client-eventbridge'
import type { AuditDeclaration, Operation, Permission, Validated } from '../../core/operation.ts'
import type { EventBridgeContext } from './eventbridge-context.ts'
import {
  createApiDestination,
  deleteApiDestination,
  describeApiDestination,
  listApiDestinations,
  updateApiDestination,
} from './operations/api-destinations.ts'
import { createArchive, deleteArchive, describeArchive, listArchives, updateArchive } from './operations/archives.ts'
import { putPermission, removePermission } from './operations/bus-policy.ts'
import {
  createConnection,
  deauthorizeConnection,
  deleteConnection,
  describeConnection,
  listConnections,
  updateConnection,
} from './operations/connections.ts'
import {
  createEventBus,
  deleteEventBus,
  describeEventBus,
  listEventBuses,
  updateEventBus,
} from './operations/event-buses.ts'
import {
  givenTags,
  newTags,
  onAccount,
  onBus,
  onOwn,
  onRule,
  onTagged,
  passRoles,
  takenTags,
} from './operations/permissions.ts'
import { putEvents, putEventsPermissions } from './operations/put-events.ts'
import { cancelReplay, describeReplay, listReplays, startReplay } from './operations/replays.ts'
import { rulePermissions } from './operations/rule-permissions.ts'
import { deleteRule, describeRule, disableRule, enableRule, listRules, putRule } from './operations/rules.ts'
import { listTagsForResource, tagResource, untagResource } from './operations/tags.ts'
import { listRuleNamesByTarget, listTargetsByRule, putTargets, removeTargets } from './operations/targets.ts'
import { testEventPattern } from './operations/test-event-pattern.ts'

type Handle<I, O> = (context: EventBridgeContext, input: I) => Promise<O>
type Decide<I> = (context: EventBridgeContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>

const read = <I extends object, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
): Operation<EventBridgeContext, I, O> => ({ handle, permissions, readOnly: true })

const write = <I extends object, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  audit?: AuditDeclaration<EventBridgeContext, I, O>,
): Operation<EventBridgeContext, I, O> => ({ handle, permissions, readOnly: false, ...(audit && { audit }) })

const nameOf = ({ Name }: { Name: string }) => Name
const nameOfArchive = ({ ArchiveName }: { ArchiveName: string }) => ArchiveName
const nameOfReplay = ({ ReplayName }: { ReplayName: string }) => ReplayName

/** Everything EventBridge can do; what is missing here answers that it is not built. */
export const eventbridgeOperations = {
  CreateEventBus: write(
    createEventBus,
    onOwn<Validated<CreateEventBusRequest>>('event-bus', ({ Name }) => Name, newTags),
  ),
  DeleteEventBus: write(
    deleteEventBus,
    onBus(({ Name }) => Name),
  ),
  DescribeEventBus: read(
    describeEventBus,
    onBus(({ Name }) => Name),
  ),
  ListEventBuses: read(listEventBuses, onAccount),
  UpdateEventBus: write(
    updateEventBus,
    onBus(({ Name }) => Name),
  ),

  PutPermission: write(
    putPermission,
    onBus(({ EventBusName }) => EventBusName),
  ),
  RemovePermission: write(
    removePermission,
    onBus(({ EventBusName }) => EventBusName),
  ),

  PutRule: write(putRule, rulePermissions),
  DeleteRule: write(deleteRule, onRule()),
  DescribeRule: read(describeRule, onRule()),
  EnableRule: write(enableRule, onRule()),
  DisableRule: write(disableRule, onRule()),
  ListRules: read(listRules, onAccount),

  PutTargets: write(
    putTargets,
    async (context, input) => [
      ...(await onRule<typeof input>(({ Targets }) => ({ 'events:TargetArn': Targets.map(({ Arn }) => Arn ?? '') }))(
        context,
        input,
      )),
      ...passRoles(
        context,
        input.Targets.map(({ RoleArn }) => RoleArn),
      ),
    ],
    { hideRequest: ['targets.input', 'targets.inputTransformer'] },
  ),
  RemoveTargets: write(removeTargets, onRule()),
  ListTargetsByRule: read(listTargetsByRule, onRule()),
  ListRuleNamesByTarget: read(listRuleNamesByTarget, onAccount),

  CreateArchive: write(createArchive, onOwn<Validated<CreateArchiveRequest>>('archive', nameOfArchive)),
  UpdateArchive: write(updateArchive, onOwn('archive', nameOfArchive)),
  DeleteArchive: write(deleteArchive, onOwn('archive', nameOfArchive)),
  DescribeArchive: read(describeArchive, onOwn('archive', nameOfArchive)),
  ListArchives: read(listArchives, onAccount),

  StartReplay: write(startReplay, onOwn<Validated<StartReplayRequest>>('replay', nameOfReplay)),
  CancelReplay: write(cancelReplay, onOwn('replay', nameOfReplay)),
  DescribeReplay: read(describeReplay, onOwn('replay', nameOfReplay)),
  ListReplays: read(listReplays, onAccount),

  CreateConnection: write(createConnection, onOwn<Validated<CreateConnectionRequest>>('connection', nameOf)),
  UpdateConnection: write(updateConnection, onOwn('connection', nameOf)),
  DeleteConnection: write(deleteConnection, onOwn('connection', nameOf)),
  DeauthorizeConnection: write(deauthorizeConnection, onOwn('connection', nameOf)),
  DescribeConnection: read(describeConnection, onOwn('connection', nameOf)),
  ListConnections: read(listConnections, onAccount),

  CreateApiDestination: write(
    createApiDestination,
    onOwn<Validated<CreateApiDestinationRequest>>('api-destination', nameOf),
  ),
  UpdateApiDestination: write(updateApiDestination, onOwn('api-destination', nameOf)),
  DeleteApiDestination: write(deleteApiDestination, onOwn('api-destination', nameOf)),
  DescribeApiDestination: read(describeApiDestination, onOwn('api-destination', nameOf)),
  ListApiDestinations: read(listApiDestinations, onAccount),

  TagResource: write(tagResource, onTagged(givenTags)),
  UntagResource: write(untagResource, onTagged(takenTags)),
  ListTagsForResource: read(listTagsForResource, onTagged()),

  TestEventPattern: read(testEventPattern, onAccount),
  PutEvents: {
    ...{ handle: putEvents, permissions: putEventsPermissions, readOnly: false },
    ...{ category: 'Data', recorded: 'never' },
  },
} satisfies Record<string, Operation<EventBridgeContext, never, unknown>>
