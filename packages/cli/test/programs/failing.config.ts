import { defineConfig, type EventfoldConfig } from '@eventfold/cli'
import { defineAggregate, defineProjection, typeOf } from '@eventfold/core'

const Account = defineAggregate('account', {
  initialState: {},
  events: { AccountOpened: typeOf<{ owner: string }>() },
  evolve: { AccountOpened: (state) => state },
})

const Owners = defineProjection('owners', {
  of: [Account],
  initialState: { owner: '' },
  on: {
    AccountOpened: (_owner, { data }) => {
      if (data.owner === 'Bob') throw new RangeError('no room for Bob')
      return { owner: data.owner }
    },
  },
})

const config: EventfoldConfig = defineConfig({ projections: [Owners] })
export default config
