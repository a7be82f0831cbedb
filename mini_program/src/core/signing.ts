/** Acts that are signed: shown, signed by the PIN or a passkey, and done again with the signature. */

import { shallowRef } from 'vue'
import { call, Problem, type Schemas } from './client'
import { askPasskey, askSoter, canUsePasskeys, IS_WECHAT, makePasskey } from './host'
import { t } from './i18n'

export type Line = { label: string; value: string }
/** What the server wants signed, and by which factors one can. */
export type Sheet = {
  act: Schemas['ToSign']['act']
  subject: string
  factors: string[]
  content: { title: string; lines: Line[]; statement: string }
}

/** What is to be signed now, if anything; the sheet shows it and says what came of it. */
export const sheet = shallowRef<Sheet | null>(null)
let answer: (signature: string) => void = () => undefined

/** Do an act; where the server asks for a signature, show what it is over and do it with that. */
export async function signed<T>(act: (signature?: string) => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'signature_required') throw error
    const signature = await ask(error.more as unknown as Sheet)
    if (!signature) throw error
    return act(signature)
  }
}

/** Close the sheet with a signature, or without. */
export function close(signature = ''): void {
  sheet.value = null
  answer(signature)
}

function ask(shown: Sheet): Promise<string> {
  answer('')
  sheet.value = shown
  return new Promise((resolve) => (answer = resolve))
}

/** Sign what is shown by the PIN. */
export async function signByPin(shown: Sheet, pin: string): Promise<string> {
  const body = { ...asked(shown), factor: 'pin' as const, pin }
  return (await call('post', '/v1/me/signatures', { body })).signature
}

/** Sign what is shown by a passkey of this browser. */
export async function signByPasskey(shown: Sheet): Promise<string> {
  const options = await call('post', '/v1/me/signatures/options', { body: asked(shown) })
  const assertion = (await askPasskey(options)) as Schemas['ToSign']['assertion']
  if (!assertion) throw new Problem(0, 'no_passkey', t('sign.noPasskey'))
  const body = { ...asked(shown), factor: 'webauthn' as const, assertion }
  return (await call('post', '/v1/me/signatures', { body })).signature
}

/** Sign what is shown by finger or face, which WeChat asks for. */
export async function signBySoter(shown: Sheet): Promise<string> {
  const { challenge } = await call('post', '/v1/me/signatures/soter-options', { body: asked(shown) })
  const soter = await askSoter(challenge, shown.content.title)
  if (!soter) throw new Problem(0, 'no_passkey', t('sign.noPasskey'))
  const body = { ...asked(shown), factor: 'soter' as const, soter }
  return (await call('post', '/v1/me/signatures', { body })).signature
}

/** Add this phone with WeChat; by the PIN it is good at once. */
export async function addSoter(name: string, pin: string): Promise<void> {
  const { challenge } = await call('post', '/v1/me/factors/soter/options', { body: {} })
  const soter = await askSoter(challenge, name)
  if (!soter) throw new Problem(0, 'no_passkey', t('sign.noPasskey'))
  await call('post', '/v1/me/factors/soter', { body: { soter, name, pin: pin || null } })
}

/** Add a passkey of this browser; by the PIN it is good at once. */
export async function addPasskey(name: string, pin: string): Promise<void> {
  const options = await call('post', '/v1/me/factors/webauthn/options', { body: {} })
  const made = (await makePasskey(options)) as Schemas['NewAuthenticator']['credential'] | null
  if (!made) throw new Problem(0, 'no_passkey', t('sign.noPasskey'))
  await call('post', '/v1/me/factors/webauthn', { body: { credential: made, name, pin: pin || null } })
}

export { canUsePasskeys, IS_WECHAT }

function asked({ act, subject, content }: Sheet): Schemas['Shown'] {
  return { act, subject, content: content as unknown as Schemas['Shown']['content'] }
}
