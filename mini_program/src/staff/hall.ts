/** The hall and counter where this phone's member of staff works today. */

import { computed, ref } from 'vue'
import { call, type Schemas } from '@/core/client'
import { halfWidth } from '@/core/finding'
import { endedFor, sessions } from '@/core/session'

const STORED = 'staff.hall'
const STORED_COUNTER = 'staff.counter'

export const hall = ref('')
export const counter = ref('')
/** Who works here, also when their log-in is over: what they wrote stays until they are back. */
export const worker = computed(() => sessions.staff ?? endedFor('staff'))

/** Tell whether whom a history names is who works here. */
export function isWorker(actor: string | undefined): boolean {
  return actor === `staff:${worker.value?.name}`
}

/** Take the hall chosen before, or the first of the account's; false when nobody is logged in. */
export function startHall(): boolean {
  const mine = sessions.staff?.office_ids ?? []
  const kept = uni.getStorageSync(STORED) as string
  hall.value = mine.includes(kept) ? kept : (mine[0] ?? '')
  sitAt((uni.getStorageSync(STORED_COUNTER) as string) || '1')
  return sessions.staff !== null
}

/** Work at this hall from now on. */
export function workAt(wanted: string): void {
  hall.value = wanted
  uni.setStorageSync(STORED, wanted)
}

/** Work at this counter from now on, by the name that the server knows it by. */
export function sitAt(wanted: string): void {
  counter.value = halfWidth(wanted)
  uni.setStorageSync(STORED_COUNTER, counter.value)
}

/** Return all of a hall's appointments of a day: of today, if none is asked for. */
export async function dayOf(
  office_id: string,
  asked: { date?: string; status?: Schemas['DeskAppointment']['status'] } = {},
): Promise<Schemas['DeskAppointment'][]> {
  const items: Schemas['DeskAppointment'][] = []
  let cursor: string | null = null
  do {
    const query: typeof asked & { limit: number; cursor?: string } = { ...asked, limit: 100 }
    if (cursor) query.cursor = cursor
    const page: Schemas['DeskAppointmentList'] = await call(
      'get',
      '/v1/admin/offices/{office_id}/appointments',
      { path: { office_id }, query },
    )
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return items
}

/** Tell whether the account keeps a courier: the city's is kept by `admin` alone, a hall's by its own. */
export function keeps(office_id: string | null): boolean {
  if (office_id === null) return may('admin')
  return may('supervisor', 'admin') && (worker.value?.office_ids ?? []).includes(office_id)
}

/** Tell whether the account has one of these roles. */
export function may(...roles: string[]): boolean {
  return roles.some((role) => worker.value?.roles.includes(role))
}
