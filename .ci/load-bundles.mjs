// Preloaded by the processes and threads that tests start: they get the bundles of `bundle-packages.ts`, not the sources.

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const { from, to, bundles } = JSON.parse(readFileSync(process.env.EVENTFOLD_BUNDLES, 'utf8'))

registerHooks({
  resolve(specifier, context, next) {
    // Packages are found by their names from where the sources are.
    const parentURL = /^[./]/.test(specifier) ? context.parentURL : context.parentURL?.replace(to, from)
    const resolved = next(specifier, { ...context, parentURL })
    const url = bundles[resolved.url]
    return url ? { ...resolved, url, format: 'module' } : resolved
  },
})
