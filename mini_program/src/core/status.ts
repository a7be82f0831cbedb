/** What statuses mean for the pages: which are final, and which allow what. */

import type { Schemas } from './client'

export type AppointmentStatus = Schemas['AppointmentView']['status']
export type BillStatus = Schemas['BillView']['status']
export type CaseStatus = Schemas['CaseView']['status']
type Fee = Pick<Schemas['CaseView'], 'fee' | 'payment_status' | 'status'>

const FINAL_APPOINTMENT: readonly AppointmentStatus[] = ['fulfilled', 'cancelled', 'expired', 'no_show']
const UPCOMING: readonly AppointmentStatus[] = ['held', 'booked']
const IN_HALL: readonly AppointmentStatus[] = ['checked_in', 'called', 'serving']
const CLOSED_CASE: readonly CaseStatus[] = ['completed', 'declined', 'rejected', 'withdrawn']
const DECIDED: readonly CaseStatus[] = ['approved', 'issued', ...CLOSED_CASE]

/** Tell whether an appointment is still to come or going on. */
export function isAppointmentOpen(status: AppointmentStatus): boolean {
  return !FINAL_APPOINTMENT.includes(status)
}

/** Tell whether an appointment may still be moved; the hall's clock, not the phone's, says until when. */
export function isUpcoming(status: AppointmentStatus): boolean {
  return UPCOMING.includes(status)
}

/** Tell what is shown of an appointment: one that cannot be kept is no longer simply booked. */
export function stateOf(one: Pick<Schemas['AppointmentView'], 'status' | 'needs_new_time'>): string {
  return one.status === 'booked' && one.needs_new_time ? 'needs_new_time' : one.status
}

/** Tell whether somebody is in the hall now. */
export function isInHall(status: AppointmentStatus): boolean {
  return IN_HALL.includes(status)
}

/** Tell whether somebody came without a booking: their numbers begin with W. */
export function isWalkIn(one: { ticket_number: string | null }): boolean {
  return one.ticket_number?.startsWith('W') ?? false
}

/** Tell whether a case has a final status. */
export function isCaseClosed(status: CaseStatus): boolean {
  return CLOSED_CASE.includes(status)
}

/** Tell whether a case's result is still to come: what is ready is promised no more. */
export function isExpected(status: CaseStatus): boolean {
  return !isCaseClosed(status) && status !== 'issued'
}

/** Tell whether a fee is still to be paid. */
export function isPaymentDue({ fee, payment_status, status }: Fee): boolean {
  // A fee that was refunded in full is due again while the case waits for it.
  const due: readonly Fee['payment_status'][] =
    status === 'issued' ? ['unpaid', 'pending'] : ['unpaid', 'pending', 'refunded']
  return !!fee && due.includes(payment_status) && !isCaseClosed(status)
}

/** Tell whether a bill is still to be paid. */
export function isBillDue(status: BillStatus): boolean {
  return status === 'open' || status === 'overdue' || status === 'in_payment'
}

/** Tell whether a case may still be withdrawn: before it is decided. */
export function isWithdrawable(status: CaseStatus): boolean {
  return !DECIDED.includes(status)
}

/** Say of which department's part an entry of a timeline is, where it is of one. */
export function ofDepartment(entry: { part_id: string | null }, parts: { part_id: string; department: string }[]): string {
  const part = parts.find((one) => one.part_id === entry.part_id)
  return part ? ` · ${part.department}` : ''
}

/** Leave out of a timeline the payment updates that a later one or the payment itself supersedes. */
export function withoutSupersededPayments<E extends { event: string }>(timeline: E[]): E[] {
  return timeline.filter((entry, at) => {
    const next = timeline[at + 1]?.event ?? ''
    return entry.event !== 'case.payment_updated' || !/^case\.(paid|payment_updated)$/.test(next)
  })
}
