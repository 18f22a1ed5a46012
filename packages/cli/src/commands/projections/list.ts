import type { ReadModelStatus } from '@eventfold/core'
import { Listing } from '../../listing.ts'
import { openReadModels } from '../../open-read-model.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { withoutStack } from '../../without-stack.ts'

/** `projections [list]`: how the read models are, in the whole fleet. */
export function registerList(group: CommandGroup): void {
  storeCommand(group, 'list', { isDefault: true })
    .description('status of all read models of the config')
    .action(async (options) => {
      await withSession(options, async ({ store, config, output }) => {
        const head = await store.head()
        const listing = new Listing<ReadModelStatus>(
          output,
          [
            { title: 'projection', cell: ({ name }) => name },
            { title: 'version', cell: showVersion, align: 'right' },
            { title: 'state', cell: showState },
            { title: 'position', cell: ({ position }) => position, align: 'right' },
            { title: 'behind', cell: ({ consumer }) => consumer?.lag.events ?? 0, align: 'right' },
            {
              title: 'seconds',
              cell: ({ consumer }) => Math.round(consumer?.lag.seconds ?? 0),
              align: 'right',
            },
            { title: 'parked', cell: ({ consumer }) => consumer?.parked ?? 0, align: 'right' },
            { title: 'building', cell: (status) => showBuilding(status, head) },
          ],
          toValue,
        )
        for (const { model } of openReadModels(store, config)) await listing.add(await model.status())
        await listing.end('The config has no projections.')
      })
    })
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

function showBuilding({ building }: ReadModelStatus, head: number): string {
  if (building === undefined) return ''
  const percent = head === 0 ? 100 : Math.floor((100 * building.done) / head)
  return `version ${building.version}, ${percent} % (${building.purpose})`
}

function toValue(status: ReadModelStatus): unknown {
  const { name, version, current, building, position, consumer } = status
  return {
    name,
    version,
    state: stateOf(status),
    current,
    building,
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
