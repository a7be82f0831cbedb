/** The address book: it stays on this phone; the server keeps only the address of a parcel. */

import { reactive } from 'vue'

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

/** Write an address on one line. */
export function oneLine(address: Address): string {
  return `${address.name} ${address.phone} ${address.detail}`
}
