import { statfsSync } from 'node:fs'

/** Numbers by which Linux tells kinds of drives apart. */
const kinds: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9P'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])

/** The kind of network drive that a path is on, as far as Linux tells; undefined on a local one, and elsewhere. */
export function networkDriveOf(path: string): string | undefined {
  return process.platform === 'linux' ? networkDriveOfType(statfsSync(path).type) : undefined
}

export function networkDriveOfType(type: number): string | undefined {
  return kinds.get(type >>> 0)
}
