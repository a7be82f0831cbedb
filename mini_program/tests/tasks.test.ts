/** The tasks of a case, from the application to its result. */

import { describe, expect, it } from 'vitest'
import type { Schemas } from '@/core/client'
import { tasksOf } from '@/core/tasks'

type Case = Schemas['CaseView']

function states(changes: Partial<Case>): Record<string, string> {
  const bare = { status: 'submitted', corrections: [], originals: [], fee: null, handover: null }
  const one = { ...bare, payment_status: 'none', ...changes } as unknown as Case
  return Object.fromEntries(tasksOf(one).map((task) => [task.name, task.state]))
}

function papers(...given: Case['originals'][number]['status'][]): Case['originals'] {
  return given.map((status, at) => ({ material_id: String(at), status }))
}

describe('the tasks of a case', () => {
  it('are those that it has', () => {
    expect(states({})).toEqual({ apply: 'done', decision: 'doing', result: 'later' })
    const fee = { cents: 100, currency: 'cny' } as Case['fee']
    expect(Object.keys(states({ fee, handover: 'visit', originals: papers('expected') }))).toEqual([
      'apply',
      'visit',
      'originals',
      'fee',
      'decision',
      'result',
    ])
    expect(states({ originals: papers('expected'), handover: 'none' })).not.toHaveProperty('originals')
  })

  it('ask for what is the citizen\'s to do', () => {
    const corrections = [{ pointer: '/form/a', detail: 'b' }]
    const asked = states({ status: 'correction_requested', corrections })
    expect(asked).toEqual({ correct: 'todo', decision: 'later', result: 'later' })
    const underReview = states({ status: 'under_review', corrections })
    expect(underReview).toEqual({ correct: 'todo', decision: 'doing', result: 'later' })
    const fee = { cents: 100, currency: 'cny' } as Case['fee']
    expect(states({ fee, payment_status: 'unpaid' }).fee).toBe('todo')
    expect(states({ fee, payment_status: 'paid' }).fee).toBe('done')
  })

  it.each([
    [{ handover: 'visit' }, 'later'],
    [{ handover: 'visit', prechecked_at: '2026-12-07T09:00:00+08:00' }, 'todo'],
    [{ handover: 'visit', appointment_id: 'a' }, 'doing'],
    [{ handover: 'courier', visit_by: '2026-12-21T17:00:00+08:00' }, 'todo'],
    [{ handover: 'visit', appointment_id: 'a', originals: papers('checked') }, 'done'],
    [{ appointment_id: 'a', status: 'completed' }, 'done'],
  ] as [Partial<Case>, string][])('tell of a visit: %j is %s', (changes, state) => {
    expect(states(changes).visit).toBe(state)
  })

  it.each([
    [papers('expected', 'expected'), 'later'],
    [papers('on_the_way', 'expected'), 'doing'],
    [papers('checked', 'received'), 'doing'],
    [papers('mismatch', 'received'), 'todo'],
    [papers('checked', 'returned'), 'done'],
  ])('tell of originals: %j is %s', (originals, state) => {
    expect(states({ handover: 'courier', originals }).originals).toBe(state)
  })

  it('ask for originals that a courier is to be given', () => {
    const originals = papers('expected')
    expect(states({ handover: 'courier', originals, delivery_id: 'd' }).originals).toBe('todo')
  })

  it.each([
    ['approved', 'done', 'later'],
    ['issued', 'done', 'doing'],
    ['completed', 'done', 'done'],
    ['rejected', 'done', undefined],
    ['withdrawn', 'done', undefined],
  ] as [Case['status'], string, string | undefined][])('end as the case does: %s', (status, decision, result) => {
    const found = states({ status })
    expect([found.decision, found.result]).toEqual([decision, result])
  })
})
