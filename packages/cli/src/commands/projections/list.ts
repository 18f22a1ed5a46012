import type { EventStore, FailureInfo, ReadModelStatus } from '@eventfold/core'
import type { Invocation } from '../../invocation.ts'
import { Listing } from '../../listing.ts'
import { buildingConsumer } from '../../open-consumer.ts'
import { openReadModels } from '../../open-read-model.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { withoutStack } from '../../without-stack.ts'

/** `projections [list]`: how the read models are, in the whole fleet. */
export function registerList(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'list', { isDefault: true })
    .description('status of all read models of the config')
    .action(async (options) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const head = await store.head()
        const listing = new Listing<ListedReadModel>(
          output,
          [
            { title: 'projection', cell: ({ status }) => status.name },
            { title: 'version', cell: ({ status }) => showVersion(status), align: 'right' },
            { title: 'state', cell: ({ status }) => showState(status) },
            { title: 'position', cell: ({ status }) => status.position, align: 'right' },
            { title: 'behind', cell: ({ status }) => status.consumer?.lag.events ?? 0, align: 'right' },
            {
              title: 'seconds',
              cell: ({ status }) => Math.round(status.consumer?.lag.seconds ?? 0),
              align: 'right',
            },
            { title: 'parked', cell: ({ status }) => status.consumer?.parked ?? 0, align: 'right' },
            { title: 'building', cell: (listed) => showBuilding(listed, head) },
          ],
          toValue,
        )
        for (const { model } of openReadModels(store, config)) {
          await listing.add(await lookAt(store, await model.status()))
        }
        await listing.end('The config has no projections.')
      })
    })
}

interface ListedReadModel {
  readonly status: ReadModelStatus
  /** Why the build beside what serves has failed. */
  readonly buildError: FailureInfo | undefined
}

async function lookAt(store: EventStore, status: ReadModelStatus): Promise<ListedReadModel> {
  const { name, building } = status
  if (building === undefined) return { status, buildError: undefined }
  const { error } = await buildingConsumer(store, name, building.number).status()
  return { status, buildError: error }
}

function showVersion({ version, current }: ReadModelStatus): string {
  if (current === undefined || current.version === version) return String(version)
  return `${current.version} (config: ${version})`
}

/** What a person calls it; this process itself never runs one. */
function stateOf({ current, consumer }: ReadModelStatus): string {
  if (current === undefined) return 'not started'
  if (consumer === undefined) return 'inline'
  if (consumer.state === 'failed') return 'failed'
  return consumer.instances.length > 0 ? 'running' : 'stopped'
}

function showState(status: ReadModelStatus): string {
  const { consumer } = status
  const count = consumer?.instances.length ?? 0
  return `${stateOf(status)}${count > 1 ? ` × ${count}` : ''}`
}

function showBuilding({ status: { building }, buildError }: ListedReadModel, head: number): string {
  if (building === undefined) return ''
  const percent = head === 0 ? 100 : Math.floor((100 * building.done) / head)
  const failure = buildError === undefined ? '' : `, failed: ${buildError.message}`
  return `version ${building.version}, ${percent} % (${building.purpose})${failure}`
}

function toValue({ status, buildError }: ListedReadModel): unknown {
  const { name, version, current, building, position, consumer } = status
  return {
    name,
    version,
    state: stateOf(status),
    current,
    building: building && { ...building, error: withoutStack(buildError) },
    position,
    lag: consumer?.lag,
    parked: consumer?.parked ?? 0,
    instances: consumer?.instances ?? [],
    partitions: consumer?.partitions.map(({ mine: _, failed, ...partition }) => {
      return { ...partition, failed: withoutStack(failed) }
    }),
    error: withoutStack(consumer?.error),
  }
}
