import { openEventfold } from '../open-eventfold.ts'
import { sendPings } from '../pings.ts'
import { readProgramArguments } from '../start-program.ts'

const options = readProgramArguments()
const store = await openEventfold(options.store, options)
await sendPings(store, options.count)
await store.close()
