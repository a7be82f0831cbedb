/** What states mean for the pages: which are at an end, and which allow what. */

const APPOINTMENT_ENDS = ['fulfilled', 'cancelled', 'expired', 'no_show']
const CASE_ENDS = ['completed', 'declined', 'rejected', 'withdrawn']
const DECIDED = ['approved', 'issued', ...CASE_ENDS]

/** Tell whether an appointment is still to come or going on. */
export function isOpen(status: string): boolean {
  return !APPOINTMENT_ENDS.includes(status)
}

/** Tell whether an appointment may still be moved; the hall's clock, not the phone's, says until when. */
export function isToCome(status: string): boolean {
  return ['held', 'booked'].includes(status)
}

/** Tell whether somebody stands in the hall now. */
export function isInHall(status: string): boolean {
  return ['checked_in', 'called', 'serving'].includes(status)
}

/** Tell whether somebody came without a booking: their numbers begin with W. */
export function isWalkIn(one: { ticket_number: string | null }): boolean {
  return one.ticket_number?.startsWith('W') ?? false
}

/** Tell whether a case has come to its end. */
export function caseEnded(status: string): boolean {
  return CASE_ENDS.includes(status)
}

/** Tell whether a fee is still to be paid. */
export function toPay(one: { fee: unknown; payment_status: string; status: string }): boolean {
  // A fee that went back whole is due again while the case waits for it.
  const due = one.status === 'issued' ? ['unpaid', 'pending'] : ['unpaid', 'pending', 'refunded']
  return !!one.fee && due.includes(one.payment_status) && !caseEnded(one.status)
}

/** Tell whether a case may still be withdrawn: before it is decided. */
export function withdrawable(status: string): boolean {
  return !DECIDED.includes(status)
}

/** Leave out of a timeline what a payment said before it ended well. */
export function condensed<E extends { event: string }>(timeline: E[]): E[] {
  return timeline.filter((entry, at) => {
    const next = timeline[at + 1]?.event ?? ''
    return entry.event !== 'case.payment_updated' || !/^case\.(paid|payment_updated)$/.test(next)
  })
}
