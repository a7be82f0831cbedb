/** What a case consists of for its citizen, as one list of tasks (GOV.UK's "complete multiple tasks"). */

import type { Schemas } from './client'
import { isCaseClosed, isPaymentDue } from './status'

type Case = Schemas['CaseView']
export type TaskState = 'done' | 'todo' | 'doing' | 'later'
export type Task = { name: 'apply' | 'correct' | 'visit' | 'originals' | 'fee' | 'decision' | 'result'; state: TaskState }
type Original = Case['originals'][number]['status']

const HERE: readonly Original[] = ['arrived', 'received']
const SEEN: readonly Original[] = ['checked', 'returned']
const REFUSED: readonly Case['status'][] = ['declined', 'rejected', 'withdrawn']
const DECIDED: readonly Case['status'][] = ['approved', 'issued', 'completed', ...REFUSED]

/** Return the tasks of a case in the order in which they come, each as far as it is. */
export function tasksOf(one: Case): Task[] {
  const first: Task = one.corrections.length
    ? { name: 'correct', state: 'todo' }
    : { name: 'apply', state: 'done' }
  const tasks = [first]
  if (one.visit_by || one.appointment_id || one.handover === 'visit') {
    tasks.push({ name: 'visit', state: visitOf(one) })
  }
  if (one.originals.length && (hasWay(one) || one.prechecked_at)) {
    tasks.push({ name: 'originals', state: originalsOf(one) })
  }
  if (one.fee) tasks.push({ name: 'fee', state: feeOf(one) })
  tasks.push({ name: 'decision', state: decisionOf(one) })
  if (!REFUSED.includes(one.status)) tasks.push({ name: 'result', state: resultOf(one) })
  return tasks
}

function hasWay(one: Case): boolean {
  return one.handover === 'courier' || one.handover === 'visit'
}

function visitOf(one: Case): TaskState {
  if (one.visit_by) return 'todo'
  const isDone = isCaseClosed(one.status) || (one.originals.length > 0 && areSeen(one))
  if (isDone) return 'done'
  if (one.appointment_id) return 'doing'
  return one.prechecked_at ? 'todo' : 'later'
}

function originalsOf(one: Case): TaskState {
  const states = one.originals.map((paper) => paper.status)
  if (areSeen(one)) return 'done'
  if (states.includes('mismatch')) return 'todo'
  // Whoever comes to fetch them is told the code of their parcel.
  if (one.handover === 'courier' && one.delivery_id && states.includes('expected')) return 'todo'
  return states.some((state) => state === 'on_the_way' || HERE.includes(state)) ? 'doing' : 'later'
}

function areSeen(one: Case): boolean {
  return one.originals.every((paper) => SEEN.includes(paper.status))
}

function feeOf(one: Case): TaskState {
  return isPaymentDue(one) ? 'todo' : 'done'
}

function decisionOf(one: Case): TaskState {
  if (DECIDED.includes(one.status)) return 'done'
  // Departments go on with what need not be corrected.
  return one.status === 'correction_requested' ? 'later' : 'doing'
}

function resultOf(one: Case): TaskState {
  if (one.status === 'completed') return 'done'
  return one.status === 'issued' ? 'doing' : 'later'
}
