/** The names of services and halls: few, and asked for on every page, so kept in the process. */

import { reactive, watch } from 'vue'
import { city } from './cells'
import { call, type Schemas } from './client'
import { lang, word } from './i18n'

export type Service = Schemas['FoundService']
export type Office = Schemas['OfficeView']

const known = reactive({ services: {} as Record<string, Service>, offices: {} as Record<string, Office> })
let coming: Promise<void> | null = null

watch([lang, city], () => {
  if (!coming) return
  coming = null
  void loadCatalogue().catch(() => undefined)
})

/** Load the names, once a process and language; raises Problem. */
export async function loadCatalogue(): Promise<void> {
  coming ??= read().catch((error: unknown) => {
    coming = null
    throw error
  })
  return coming
}

async function read(): Promise<void> {
  const query = { limit: 100 }
  const [services, offices] = await Promise.all([
    call('get', '/v1/services', { query }),
    call('get', '/v1/offices', { query }),
  ])
  known.services = Object.fromEntries(services.items.map((one) => [one.service_id, one]))
  known.offices = Object.fromEntries(offices.items.map((one) => [one.office_id, one]))
}

/** All services. */
export function services(): Service[] {
  return Object.values(known.services)
}

/** All halls. */
export function offices(): Office[] {
  return Object.values(known.offices)
}

/** Return a service, if it is known. */
export function service(id: string): Service | undefined {
  return known.services[id]
}

/** Bills are counted by their kind, in place of a service. */
const BILL = 'bill-'

/** What stands for a name before the names are here: an id says nothing to people. */
const COMING = '…'

/** Name a service. */
export function serviceName(id: string): string {
  if (id.startsWith(BILL)) return word('billKind', id.slice(BILL.length))
  return nameIn(known.services, id)
}

/** Name a hall. */
export function officeName(id: string): string {
  return nameIn(known.offices, id)
}

function nameIn(names: Record<string, { name: string }>, id: string): string {
  const isKnown = Object.keys(names).length > 0
  return names[id]?.name ?? (isKnown ? id : id && COMING)
}
