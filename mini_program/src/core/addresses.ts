/** The address book: it stays on this phone; the server keeps only the address of a parcel. */

import { reactive } from 'vue'
import { offices } from './catalogue'

export type Address = { name: string; phone: string; division_code: string; detail: string }

const STORED = 'address.book'

export const addresses = reactive<{ all: Address[] }>({ all: [] })

/** Take the addresses that this phone kept. */
export function startAddresses(): void {
  addresses.all = (uni.getStorageSync(STORED) as Address[] | '') || []
}

/** Keep these addresses. */
export function keepAddresses(all: Address[]): void {
  addresses.all = all
  uni.setStorageSync(STORED, all)
}

let added = ''

/** Add an address to those that are kept. */
export function addAddress(made: Address): void {
  keepAddresses([...addresses.all, made])
  added = String(addresses.all.length - 1)
}

/** Return the place of the address that was added since this was asked; nothing for none. */
export function takeAdded(): string {
  const place = added
  added = ''
  return place
}

/** Write where an address is, with its district unless it names that itself. */
export function whereOf({ division_code, detail }: Address): string {
  const district = offices().find((one) => one.division_code === division_code)?.division ?? ''
  return detail.includes(district) ? detail : `${district} ${detail}`
}

/** Write an address on one line. */
export function oneLine(address: Address): string {
  return `${address.name} ${address.phone} ${whereOf(address)}`
}
