/** Codes at the reception: each is checked in once the one before has ended. */

import { ref, shallowRef, watch, type Ref } from 'vue'
import { hall } from './hall'
import { call, type Problem, type Schemas } from '@/core/client'
import { asProblem } from '@/core/query'

type Answer = Schemas['CheckInView']

/** A code, the hall where it was scanned, and what it has ended with: neither while it waits. */
export interface Scan {
  code: string
  office: string
  /** Why who comes early or late is let in all the same. */
  override: string
  answer: Answer | null
  problem: Problem | null
}

const SHORT_CODE = /^[0-9]{6}$/
const APPOINTMENT = /^[0-9A-Za-z]{16}$/
/** So many that went well are shown; what failed is shown until it is put away. */
const KEPT = 5
const OUTSIDE_HOURS = ['too_early', 'too_late']

/** Tell whether a text is a pass, a short code or an appointment's id, and no name. */
export function isCode(text: string): boolean {
  // A pass is a signed token with dots.
  return text.includes('.') || SHORT_CODE.test(text) || APPOINTMENT.test(text)
}

export function hasEnded(scan: Scan): boolean {
  return scan.answer !== null || scan.problem !== null
}

export function isIn(scan: Scan): boolean {
  return scan.answer?.result === 'ok'
}

/** Tell whether staff may let in all the same who was refused. */
export function mayBeLetIn(scan: Scan): boolean {
  return OUTSIDE_HOURS.includes(scan.answer?.reason ?? '')
}

/** Check codes in by turns, none while `others` are under way; `ended` is told of each answer. */
export function useScans(others: Ref<boolean>, ended: (answer: Answer | null) => void) {
  const scans = shallowRef<Scan[]>([])
  const busy = ref(false)

  /** Take a code in its turn, in the place of what it ended with before. */
  function take(code: string, override = '', office = hall.value): void {
    const known = scans.value.find((one) => one.code === code)
    if (known && !hasEnded(known)) return
    putAway(code)
    scans.value = [...scans.value, { code, office, override, answer: null, problem: null }]
    void next()
  }

  function putAway(code: string): void {
    scans.value = scans.value.filter((one) => one.code !== code)
  }

  async function next(): Promise<void> {
    const scan = scans.value.find((one) => !hasEnded(one))
    if (!scan || busy.value || others.value) return
    busy.value = true
    const done = await checkIn(scan)
    scans.value = kept(scans.value.map((one) => (one === scan ? done : one)))
    busy.value = false
    ended(done.answer)
    void next()
  }

  watch(others, () => void next(), { flush: 'sync' })
  return { scans, busy, take, putAway }
}

async function checkIn(scan: Scan): Promise<Scan> {
  const body = scan.override ? { ...named(scan), override: { reason: scan.override } } : named(scan)
  try {
    return { ...scan, answer: await call('post', '/v1/admin/checkins', { body }) }
  } catch (error) {
    return { ...scan, problem: asProblem(error) }
  }
}

function named({ code, office }: Scan): Record<string, string> {
  if (code.includes('.')) return { pass: code }
  if (SHORT_CODE.test(code)) return { short_code: code, office_id: office }
  return { appointment_id: code }
}

function kept(scans: Scan[]): Scan[] {
  const former = scans.filter(isIn).slice(0, -KEPT)
  return scans.filter((one) => !former.includes(one))
}
