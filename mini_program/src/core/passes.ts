/** Passes on this phone: kept when one is booked, as halls have bad reception. */

import { loadCatalogue, officeName, serviceName } from './catalogue'
import { address, call, fetchAs } from './client'
import { forWhom } from './format'
import { keepPages } from './host'

export type Pass = {
  picture: string
  service: string
  hall: string
  start: string
  end: string
  who?: string
  short?: string
}

const STORED = 'pass.'

/** Return the pass that this phone kept. */
export function keptPass(id: string): Pass | null {
  return (uni.getStorageSync(STORED + id) as Pass | '') || null
}

/** Return all that are kept and not over, the next first, with their appointments. */
export function keptPasses(now: number): (Pass & { id: string })[] {
  const ids = uni.getStorageInfoSync().keys.filter((key) => key.startsWith(STORED))
  return ids
    .map((key) => ({ ...(uni.getStorageSync(key) as Pass), id: key.slice(STORED.length) }))
    .filter((one) => Date.parse(one.end) > now)
    .sort((one, other) => Date.parse(one.start) - Date.parse(other.start))
}

/** Read a pass and keep it, with the pages that show it; raises Problem. */
export async function readPass(id: string): Promise<Pass> {
  const path = { appointment_id: id }
  await loadCatalogue()
  const route = '/v1/appointments/{appointment_id}/pass'
  const [found, drawn, said] = await Promise.all([
    call('get', '/v1/appointments/{appointment_id}', { path }),
    fetchAs(address(route, path), 'image/png') as Promise<ArrayBuffer>,
    call('get', route, { path }),
  ])
  const pass = {
    picture: `data:image/png;base64,${uni.arrayBufferToBase64(drawn)}`,
    service: serviceName(found.service_id),
    hall: officeName(found.office_id),
    start: found.start,
    end: found.end,
    who: forWhom(found),
    short: said.short_code,
  }
  uni.setStorageSync(STORED + id, pass)
  keepPages()
  return pass
}

/** Forget the pass of an appointment that was moved or cancelled. */
export function dropPass(id: string): void {
  uni.removeStorageSync(STORED + id)
}
