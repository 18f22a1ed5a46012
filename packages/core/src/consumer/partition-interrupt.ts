/**
 * Ends the work on a partition, without being an error:
 * - `quit`: it was asked to stop, or to give the partition up
 * - `lost`: somebody else has the partition
 * - `reload`: it is ours, but not as we believed; go on from what is stored
 */
export class PartitionInterrupt extends Error {
  readonly kind: 'quit' | 'lost' | 'reload'

  constructor(kind: 'quit' | 'lost' | 'reload') {
    super(`The work on the partition was interrupted: ${kind}.`)
    this.name = 'PartitionInterrupt'
    this.kind = kind
  }
}
