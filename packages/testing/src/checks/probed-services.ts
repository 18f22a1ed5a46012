import type { Probe } from './probe.ts'

/**
 * Services as one instance of a consumer sees them: every call of a function, and every assignment, goes through the
 * probe. It is made on the service itself, so private fields and `this` work.
 *
 * @param path names them in the calls
 */
export function probedServices<Services>(services: Services, probe: Probe, path = 'services.'): Services {
  if (!isObject(services)) return services
  const nameOf = (property: PropertyKey) => `${path}${String(property)}`.replaceAll(/\s/g, '_')
  return new Proxy(loosened(services), {
    get(_, property) {
      const value: unknown = Reflect.get(services, property, services)
      if (typeof property === 'symbol') return value
      if (typeof value !== 'function') return probedServices(value, probe, `${nameOf(property)}.`)
      return (...values: readonly unknown[]) => {
        return probe.callAny(nameOf(property), () => Reflect.apply(value, services, values))
      }
    },
    set(_, property, value) {
      return probe.callAny(`${nameOf(property)}=`, () => Reflect.set(services, property, value)) as boolean
    },
    apply(_, self, values) {
      return probe.callAny(path.slice(0, -1), () => Reflect.apply(services as () => unknown, self, values))
    },
  })
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** What a proxy can stand for: it must give a frozen property as it is. */
function loosened<Value extends object>(value: Value): Value {
  if (Object.isExtensible(value)) return value
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value)).map(([name, descriptor]) => {
    return [name, { ...descriptor, configurable: true }]
  })
  return Object.create(Object.getPrototypeOf(value), Object.fromEntries(descriptors)) as Value
}
