// A program that begins to rebuild the summaries, and is gone in the middle of it as if the power had failed.

import { beginRebuild } from './begin-rebuild.ts'
import type { StoreName } from './demo-arguments.ts'
import { openDemoStore } from './open-demo-store.ts'

const { store } = await openDemoStore(process.argv[2] as StoreName, process.env['BANK_DATABASE'])
await beginRebuild(store, process.stdout, () => process.kill(process.pid, 'SIGKILL'))
