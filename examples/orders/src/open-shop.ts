import {
  commandBus,
  type EventStore,
  readModel,
  repository,
  type SagaOptions,
  type ServiceHandlers,
  saga,
  service,
} from '@eventfold/core'
import { Fulfilment } from './fulfilment.ts'
import { Order } from './order.ts'
import { OrderDetails } from './order-details.ts'
import { Carrier, Mail } from './outside.ts'
import { Payment } from './payment.ts'
import { Sales } from './sales.ts'
import { Warehouse } from './warehouse.ts'

/** The world outside of the shop, as functions. */
export interface Outside {
  readonly carrier: ServiceHandlers<(typeof Carrier)['commands'], (typeof Carrier)['results']>
  readonly mail: ServiceHandlers<(typeof Mail)['commands'], (typeof Mail)['results']>
}

/** A shop on a store: nothing runs before it is started. */
export function openShop(store: EventStore, outside: Outside, options: Omit<SagaOptions, 'bus'> = {}) {
  const bus = commandBus(store, {
    aggregates: [repository(Order, store), repository(Payment, store), repository(Warehouse, store)],
    services: [service(Carrier, outside.carrier), service(Mail, outside.mail)],
  })
  return {
    bus,
    details: readModel(OrderDetails, store, { mode: 'async' }),
    sales: readModel(Sales, store, { mode: 'async' }),
    fulfilments: saga(Fulfilment, store, { ...options, bus }),
  }
}
