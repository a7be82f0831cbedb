/** What one agrees to about one's data: asked before it is collected, remembered, told to the server. */

import { watch } from 'vue'
import { call } from './client'
import { sessions } from './session'

export type Purpose = 'privacy-policy' | 'identity' | 'place'

/** The version of the policy's text in `rights/statements.ts`: another text is another version. */
export const POLICY_VERSION = '2026-12'

const STORED = 'consents'

function known(): Partial<Record<Purpose, string>> {
  return uni.getStorageSync(STORED) || {}
}

/** Tell whether one agreed on this phone, to this version of the text. */
export function agreed(purpose: Purpose): boolean {
  return known()[purpose] === POLICY_VERSION
}

/** Agree: remembered on the phone, and told to the server once somebody has logged in. */
export async function agree(purpose: Purpose): Promise<void> {
  uni.setStorageSync(STORED, { ...known(), [purpose]: POLICY_VERSION })
  if (sessions.citizen) await tell(purpose, POLICY_VERSION, true)
}

/** Tell the server what was agreed to before the log-in. */
export async function tellConsents(): Promise<void> {
  for (const [purpose, version] of Object.entries(known())) await tell(purpose, version, true)
}

/** Take back, of whatever version: it is asked anew before it is needed again. */
export async function takeBack(purpose: string, version: string | number): Promise<void> {
  await tell(purpose, version, false)
  const { [purpose as Purpose]: _, ...rest } = known()
  uni.setStorageSync(STORED, rest)
}

// Whoever logs in next on this phone is asked for themselves.
watch(
  () => sessions.citizen,
  (who) => {
    if (!who) uni.removeStorageSync(STORED)
  },
)

async function tell(purpose: string, version: string | number, given: boolean): Promise<void> {
  await call('post', '/v1/me/consents', { body: { purpose, version, given } })
}
