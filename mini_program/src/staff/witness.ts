/** What a clerk writes down about a mandate that is given at the counter. */

import type { Schemas } from '@/core/client'
import { claimed, emptyClaim, type Claim } from '@/core/documents'
import { t } from '@/core/i18n'

export type Act = Schemas['CounterMandate']['actions'][number]

export const ACTS: Act[] = ['book', 'lodge', 'pay', 'collect', 'read']
const EVERYTHING = '*'

export interface Paper {
  principal: Claim
  agent: Claim
  everything: boolean
  services: string[]
  actions: Act[]
  until: string
  upload_id: string
  reason: string
}

export function emptyPaper(): Paper {
  return {
    principal: emptyClaim(),
    agent: emptyClaim(),
    everything: false,
    services: [],
    actions: ['book', 'lodge', 'read'],
    until: '',
    upload_id: '',
    reason: '',
  }
}

/** What another wrote down, to be checked against the scan: the numbers are typed anew. */
export function paperOf(one: Schemas['CounterMandate']): Paper {
  return {
    ...emptyPaper(),
    principal: { ...emptyClaim(), name: one.principal.name ?? '' },
    agent: { ...emptyClaim(), name: one.agent.name ?? '' },
    everything: one.services.includes(EVERYTHING),
    services: one.services.filter((each) => each !== EVERYTHING),
    actions: one.actions,
    until: one.until,
    upload_id: one.upload_id ?? '',
  }
}

/** Tell whether everything is there that a mandate needs. */
export function isWhole(paper: Paper): boolean {
  const people = [paper.principal, paper.agent].every((one) => one.name.trim() && one.id_number.trim())
  const what = (paper.everything || paper.services.length > 0) && paper.actions.length > 0
  return people && what && paper.until !== '' && paper.upload_id !== ''
}

export function written(paper: Paper): Schemas['WitnessedMandate'] {
  const { actions, until, upload_id } = paper
  return {
    principal: claimed(paper.principal) as Schemas['Person'],
    agent: claimed(paper.agent) as Schemas['Person'],
    services: paper.everything ? [EVERYTHING] : paper.services,
    actions,
    until: until.trim(),
    upload_id,
    reason: paper.reason.trim() || null,
  }
}

/** Write which services a mandate is for. */
export function allowed(services: string[], name: (id: string) => string): string {
  return services.includes(EVERYTHING) ? t('witness.all') : services.map(name).join(t('and'))
}
