/** Drafts of applications: kept on this phone at once, and by the server soon after. */

import { call, Problem, type Schemas } from './client'
import { sessions } from './session'

export type SavedDraft = Schemas['DraftView']
type Content = Schemas['DraftGiven']

const PAUSE_MS = 2000

/** The draft that the server keeps for a service, or null. */
export async function readDraft(service_id: string): Promise<SavedDraft | null> {
  if (!sessions.citizen) return null
  try {
    return await call('get', '/v1/me/drafts/{service_id}', { path: { service_id } })
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null
    throw error
  }
}

let timer: ReturnType<typeof setTimeout> | undefined

/** Save a draft once nothing was changed for a while; `saved` is called when the server has it. */
export function saveDraft(service_id: string, body: Content, saved: () => void): void {
  clearTimeout(timer)
  if (!sessions.citizen) return
  timer = setTimeout(() => {
    // Without a network the phone keeps it; the next change saves it too.
    void call('put', '/v1/me/drafts/{service_id}', { path: { service_id }, body })
      .then(saved)
      .catch(() => undefined)
  }, PAUSE_MS)
}

/** Drop a draft: it was lodged, or is not wanted. */
export async function dropDraft(service_id: string): Promise<void> {
  clearTimeout(timer)
  if (sessions.citizen) await call('delete', '/v1/me/drafts/{service_id}', { path: { service_id } })
}
