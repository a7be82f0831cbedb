/** Who is logged in on this phone: a citizen and, on the staff's pages, a member of staff. */

import { reactive } from 'vue'
import { ofCity } from './cells'

/** A device of a hall has a log-in too; it belongs to nobody. */
export type Who = 'citizen' | 'staff' | 'device'
export type Session = {
  access_token: string
  refresh_token: string
  name: string
  roles: string[]
  office_ids: string[]
  department_ids?: string[]
}

/** Each city has log-ins of its own. */
const stored = (who: Who) => ofCity(`session.${who}`)

export const sessions = reactive<Record<Who, Session | null>>({
  citizen: null,
  staff: null,
  device: null,
})

/** Take the sessions that this phone kept. */
export function startSessions(): void {
  for (const who of ['citizen', 'staff', 'device'] as const) {
    takeSession(who)
  }
}

/** Take a session as this phone keeps it now: another tab may have renewed, changed or ended it. */
export function takeSession(who: Who): Session | null {
  sessions[who] = (uni.getStorageSync(stored(who)) as Session | '') || null
  return sessions[who]
}

let over = false
/** Whose log-in ended without being asked to, until somebody logs in. */
const ended: Partial<Record<Who, Session>> = {}

/** Return the log-in that is over, whose person may go on where they were. */
export function endedFor(who: Who): Session | null {
  return ended[who] ?? null
}

/** Tell whether the last session ended without being asked to. */
export function sessionOver(): boolean {
  return over
}

/** Keep a session. */
export function keepSession(who: Who, session: Session): void {
  over = false
  delete ended[who]
  sessions[who] = session
  uni.setStorageSync(stored(who), session)
}

/** End a session that the server has ended; what the person wrote stays for the next log-in. */
export function endSession(who: Who): void {
  over = true
  ended[who] = sessions[who] ?? ended[who]
  sessions[who] = null
  uni.removeStorageSync(stored(who))
}

/** Forget a session, and with a citizen's all that the phone kept about them. */
export function forgetSession(who: Who): void {
  endSession(who)
  over = false
  delete ended[who]
  if (who !== 'citizen') return
  for (const key of uni.getStorageInfoSync().keys) {
    if (/^(pass|draft|address|attempt|acting)/.test(key)) uni.removeStorageSync(key)
  }
}
