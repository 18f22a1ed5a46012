import type { Options } from 'tsup'
import { packageEntries } from './.ci/package-entries.ts'

const config: Options = {
  // Run in the folder of a published package.
  entry: [...packageEntries('.')],
  format: 'esm',
  // Whatever `lib` its user has chosen: stores and what runs on them have `Symbol.asyncDispose`.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  target: 'es2023',
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
  clean: true,
  silent: true,
}

export default config
