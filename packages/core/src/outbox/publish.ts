import type { BatchContext } from '../consumer/processor.ts'
import type { Message } from './define-outbox.ts'

/**
 * Hands a message to a broker, a queue or another service, and resolves when that has taken it. It may get a message
 * again, after a crash or a failure: the receiver tells repetitions by `message.id`.
 */
export type Publish<Outgoing extends Message = Message> = (
  message: Outgoing,
  context: BatchContext,
) => unknown
