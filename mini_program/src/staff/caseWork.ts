/** One case at work: what it says, which steps there are, and taking them; for pages of every width. */

import { computed, reactive, ref, type Ref } from 'vue'
import { may, worker } from './hall'
import { call, type Schemas } from '@/core/client'
import { inWords, titlesOfGuide, type Schema } from '@/core/forms'
import { openFile } from '@/core/host'
import { t } from '@/core/i18n'
import { useMutation, useQuery } from '@/core/query'

export type Step =
  | 'claim' | 'release' | 'accept' | 'decline' | 'request-correction'
  | 'review' | 'approve' | 'reject' | 'issue' | 'complete' | 'check-authority' | 'precheck'

/** The steps that each state allows, the way on first. */
const STEPS: Record<string, Step[]> = {
  submitted: ['accept', 'request-correction', 'decline'],
  accepted: ['review'],
  under_review: ['approve', 'reject'],
  approved: ['issue'],
  issued: ['complete'],
}
export const CLAIMABLE = ['submitted', 'accepted', 'under_review', 'approved']
const SETTLED = ['paid', 'partly_refunded']
/** What a department does with its part. */
export const PART_STEPS = ['approve', 'request-correction', 'reject'] as const
const REASONED: Step[] = ['decline', 'reject', 'check-authority']

/** Hold a case with its guide, and what staff write before a step; `changed` is told once a step was taken. */
export function useCaseWork(id: Ref<string>, changed: () => void = () => undefined) {
  const note = ref('')
  const asking = ref<Step | null>(null)
  /** The part that is asked about; the case itself without. */
  const part = ref('')
  /** What is to be corrected: a pointer and the words for the citizen. */
  const remarks = reactive<Record<string, string>>({})
  const mutation = useMutation()
  const caseQuery = useQuery(async () => {
    const one = await call('get', '/v1/admin/cases/{case_id}', { path: { case_id: id.value } })
    const guide = await call('get', '/v1/services/{service_id}', { path: { service_id: one.service_id } })
    return { one, guide, titles: titlesOfGuide(guide), form: guide.form_schema as Schema }
  })
  const one = computed(() => caseQuery.data.value?.one ?? null)
  const titles = computed(() => caseQuery.data.value?.titles ?? {})
  const timeline = computed(() => [...(one.value?.timeline ?? [])].reverse())
  /** The hall to which the case was passed on, where others work on it from then on. */
  const passedOn = ref('')
  const working = computed(() => may('clerk', 'supervisor', 'admin') && !passedOn.value)
  const mine = computed(() => worker.value?.department_ids ?? [])
  /** The steps of the case itself: its departments decide its parts, the lead alone rejects it. */
  const steps = computed<Step[]>(() => {
    const shown = one.value
    if (!shown) return []
    const guide = caseQuery.data.value?.guide
    const leads = mine.value.includes(guide?.lead_department_id ?? '')
    const refused = shown.parts.some((each) => each.status === 'rejected')
    const all = STEPS[shown.status] ?? []
    if (mine.value.length && shown.parts.length && !leads) return []
    const own = shown.parts.length
      ? all.filter((step) => step !== 'approve' && step !== 'review' && (step !== 'reject' || (leads && refused)))
      : all
    const early = !shown.prechecked_at && shown.originals.length > 0 && ['submitted', 'accepted'].includes(shown.status)
    return early ? [...own, 'precheck'] : own
  })
  /** The next step that waits for the fee, if one does. */
  const waiting = computed(() => {
    const fee = one.value?.fee && !SETTLED.includes(one.value.payment_status)
    const before = caseQuery.data.value?.guide.fee_before
    return fee && steps.value.find((step) => step === before)
  })
  const ready = computed(() => {
    if (asking.value === 'request-correction') {
      const words = Object.values(remarks)
      return words.length > 0 && words.every((said) => said.trim())
    }
    return !!asking.value && !!note.value.trim()
  })

  function press(step: Step, of = ''): void {
    part.value = of
    if (REASONED.includes(step) || step === 'request-correction') asking.value = step
    else void take(step)
  }

  function mark(pointer: string): void {
    if (pointer in remarks) delete remarks[pointer]
    else remarks[pointer] = ''
  }

  /** Read the case again; what was done, or refused, may stand in other places too. */
  async function reload(): Promise<void> {
    await caseQuery.load()
    changed()
  }

  async function take(step: Step): Promise<void> {
    await mutation.run(async () => {
      const items = Object.entries(remarks).map(([pointer, detail]) => ({ pointer, detail }))
      const route = part.value
        ? (`/v1/admin/cases/{case_id}/parts/{part_id}/${step}` as '/v1/admin/cases/{case_id}/parts/{part_id}/approve')
        : (`/v1/admin/cases/{case_id}/${step}` as '/v1/admin/cases/{case_id}/approve')
      await call('post', route, {
        path: { case_id: id.value, part_id: part.value },
        body: {
          version: one.value?.version ?? null,
          note: note.value.trim() || null,
          items: step === 'request-correction' ? items : [],
        },
      })
      asking.value = null
      note.value = ''
      for (const pointer of Object.keys(remarks)) delete remarks[pointer]
    }, reload)
  }

  /** The files given, each with which page of its paper it is. */
  const papers = computed(() => {
    const given = one.value?.materials ?? []
    return given.map((paper, at) => {
      const { material_id } = paper
      const pages = given.filter((other) => other.material_id === material_id).length
      const page = given.slice(0, at + 1).filter((other) => other.material_id === material_id).length
      const name = titles.value[`/materials/${material_id}`] ?? material_id
      const title = pages > 1 ? `${name} · ${t('apply.page', { n: page })}` : name
      const file = 'upload_id' in paper
      const key = idOf(paper)
      const certificate = one.value?.certificates.find((each) => each.certificate_id === key)
      const lookup = one.value?.lookups.find((each) => each.lookup_id === key)
      return { material_id, key, page, title, file, certificate, lookup }
    })
  })

  /** The id of what is given for a paper: a file, a certificate or a look-up. */
  function idOf(paper: Schemas['CaseView']['materials'][number]): string {
    if ('upload_id' in paper) return paper.upload_id
    return 'lookup_id' in paper ? paper.lookup_id : paper.certificate_id
  }

  /** Note where the original of a paper is. */
  async function tick(material_id: string, status: 'received' | 'checked' | 'mismatch' | 'returned'): Promise<void> {
    await mutation.run(async () => {
      await call('post', '/v1/admin/cases/{case_id}/originals', {
        path: { case_id: id.value },
        body: { items: [{ material_id, status }] },
      })
    }, caseQuery.load)
  }

  /** What can be noted of an original that is in a state. */
  function ticks(status: string): ('received' | 'checked' | 'mismatch' | 'returned')[] {
    if (['expected', 'on_the_way', 'arrived'].includes(status)) return ['received', 'checked', 'mismatch']
    if (status === 'received') return ['checked', 'mismatch']
    if (status === 'mismatch') return ['checked', 'returned']
    return status === 'checked' ? ['returned'] : []
  }

  async function read(material_id: string, page: number): Promise<void> {
    await mutation.run(async () => {
      const route = '/v1/admin/cases/{case_id}/materials/{material_id}'
      const path = { case_id: id.value, material_id }
      openFile((await call('get', route, { path, query: { page } })).url)
    })
  }

  /** Write what was filled in as the form itself says it. */
  function shown(name: string, value: unknown): string {
    const field = caseQuery.data.value?.form.properties?.[name] ?? {}
    return inWords(field, value, t('form.yes'), t('form.no'))
  }
  /** Write what a register told of a field, by what the field means. */
  function saidOf(key: string, value: unknown): string {
    const fields = Object.entries((caseQuery.data.value?.form.properties ?? {}) as Record<string, Schema>)
    const [name, field] = fields.find(([, each]) => each['x-key'] === key) ?? [key, {} as Schema]
    return t('alerts.fact', { name: field.title ?? name, value: shown(name, value) })
  }
  return {
    changed,
    caseQuery,
    one,
    titles,
    timeline,
    working,
    mine,
    passedOn,
    steps,
    waiting,
    ready,
    note,
    asking,
    part,
    remarks,
    mutation,
    press,
    mark,
    take,
    papers,
    tick,
    ticks,
    read,
    saidOf,
    shown,
  }
}

export type CaseWork = ReturnType<typeof useCaseWork>
