import { registerArchive } from './commands/archive.ts'
import { registerClose } from './commands/close.ts'
import { registerConsumers } from './commands/consumers.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerExport } from './commands/export.ts'
import { registerForget } from './commands/forget.ts'
import { registerImport } from './commands/import.ts'
import { registerMigrate } from './commands/migrate.ts'
import { registerNotarise } from './commands/notarise.ts'
import { registerParked } from './commands/parked.ts'
import { registerPersonal } from './commands/personal.ts'
import { registerProjections } from './commands/projections.ts'
import { registerRotateKey } from './commands/rotate-key.ts'
import { registerSagas } from './commands/sagas.ts'
import { registerSchemas } from './commands/schemas.ts'
import { registerShow } from './commands/show.ts'
import { registerSnapshots } from './commands/snapshots.ts'
import { registerStreams } from './commands/streams.ts'
import { registerTail } from './commands/tail.ts'
import { registerTruncate } from './commands/truncate.ts'
import type { Invocation } from './invocation.ts'
import type { CommandGroup } from './store-options.ts'

/** Every command, in the order of the help. A new one is a file of `commands/` and a line here. */
export const commands: readonly ((program: CommandGroup, invocation: Invocation) => void)[] = [
  registerMigrate,
  registerDoctor,
  registerStreams,
  registerShow,
  registerTail,
  registerProjections,
  registerConsumers,
  registerParked,
  registerSagas,
  registerSnapshots,
  registerSchemas,
  registerExport,
  registerImport,
  registerClose,
  registerTruncate,
  registerArchive,
  registerNotarise,
  registerPersonal,
  registerForget,
  registerRotateKey,
]
