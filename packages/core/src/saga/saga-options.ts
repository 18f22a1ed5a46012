import type { Command } from '../command/command.ts'
import type { CommandSender } from '../command/command-sender.ts'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'

/** Those of its consumers, of which it has two: one for its inputs, and one that sends its commands. */
export interface SagaOptions<Sent extends Command = Command>
  extends Pick<
    ConsumerOptions,
    | 'partitions'
    | 'retry'
    | 'leaseTime'
    | 'stopTimeout'
    | 'batchSize'
    | 'pollInterval'
    | 'batchInterval'
    | 'onStateChange'
    | 'onError'
    | 'instance'
    | 'random'
  > {
  /** Carries out its commands: a command bus with everything in `sends`. */
  readonly bus: CommandSender<Sent>
  /**
   * Where it begins when it is started for the first time. Default `'now'`: what has happened before starts no process.
   */
  readonly from?: ConsumerOptions['from']
  /**
   * What happens to an input whose handler fails, after some attempts. Default `'park'`: it holds back its instance, and
   * no other.
   */
  readonly onFailure?: ConsumerOptions['onFailure']
  /**
   * How long one attempt of a command may take, in milliseconds; then it counts as failed, and is tried again as the
   * command says. Default 20,000.
   */
  readonly attemptTimeout?: number
  /** Milliseconds since 1970, to fire timers by. Default: the clock of the database. */
  readonly now?: () => Promise<number>
}
