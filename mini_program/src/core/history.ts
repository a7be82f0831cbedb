/**
 * Verifies the history of one's own case on the phone, as docs/audit.md says and as
 * docs/verify_history.py does: what the server answers is not believed, it is computed again.
 */

import { sha256 } from 'js-sha256'
import type { Schemas } from './client'

export type History = Schemas['CaseHistory']
type Proof = Schemas['AnchorProof']
/** `first` is the first entry that is not whole; `signed` is null where the phone cannot tell. */
export interface Verdict {
  whole: boolean
  first: number | null
  anchored: boolean
  signed: boolean | null
}

const GENESIS = '0'.repeat(32)
const SEQ_DIGITS = 32

/** Verify the chain, its place in the anchor's tree, and the anchor's signature. */
export async function verify(history: History): Promise<Verdict> {
  const first = firstBroken(history)
  const proof = history.proof
  const anchored = proof !== null && isAnchored(history, proof)
  const signed = proof === null ? null : await isSigned(proof)
  const holds = proof === null || (anchored && signed !== false)
  return { whole: first === null && holds, first, anchored, signed }
}

/** The number of the first entry that was changed or is not in its place; null for none. */
export function firstBroken(history: History): number | null {
  let before = GENESIS
  for (const [at, entry] of history.items.entries()) {
    const seq = at + 1
    if (entry.seq !== seq || entry.prev_hash !== before || !isItself(history.subject_id, entry)) return seq
    before = entry.hash
  }
  const ended = history.head.seq === history.items.length && history.head.hash === before
  return ended ? null : history.items.length + 1
}

function isItself(subject: string, entry: Schemas['OwnEntry']): boolean {
  // Of before there were commitments: only its place can be told.
  if (!Object.keys(entry.commitments).length) return true
  const facts = [subject, entry.seq, entry.type, entry.at, sorted(entry.commitments), entry.prev_hash]
  if (sha256(JSON.stringify(facts)).slice(0, SEQ_DIGITS) !== entry.hash) return false
  return entry.shown.every(
    (one) => sha256(JSON.stringify([one.salt, one.name, one.value])) === entry.commitments[one.name],
  )
}

/** Whether the chain's entry is a leaf of the anchor's tree (RFC 9162, 2.1.3.2). */
export function isAnchored(history: History, proof: Proof): boolean {
  if (history.items[proof.seq - 1]?.hash !== proof.hash) return false
  const leaf = JSON.stringify([history.subject_id, proof.seq, proof.hash])
  let reached = sha256.create().update([0]).update(leaf).array()
  let at = proof.index
  let last = proof.anchor.size - 1
  for (const sibling of proof.path.map(octets)) {
    if (at % 2 || at === last) {
      reached = sha256.array([1, ...sibling, ...reached])
      while (at && at % 2 === 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else {
      reached = sha256.array([1, ...reached, ...sibling])
    }
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 && hex(reached) === proof.anchor.root
}

/** Whether the key that the anchor names signed it; null where the phone has no cryptography. */
export async function isSigned(proof: Proof): Promise<boolean | null> {
  // Mini-programs have none, and no encoders either.
  const subtle = typeof crypto === 'undefined' ? undefined : crypto.subtle
  if (!subtle) return null
  const { anchor, key } = proof
  const { crv, kty, x, y } = key
  const thumbprint = base64url(sha256.array(JSON.stringify({ crv, kty, x, y })))
  if (thumbprint !== anchor.key_id) return false
  const { date, previous, root, size } = anchor
  const text = new TextEncoder().encode(JSON.stringify({ date, previous, root, size }))
  try {
    const curve = { name: 'ECDSA', namedCurve: 'P-256' }
    const known = await subtle.importKey('jwk', { crv, kty, x, y }, curve, false, ['verify'])
    const how = { name: 'ECDSA', hash: 'SHA-256' }
    return await subtle.verify(how, known, bytes(anchor.signature), text)
  } catch {
    return false
  }
}

function sorted(given: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1)))
}

function octets(text: string): number[] {
  return (text.match(/../g) ?? []).map((pair) => parseInt(pair, 16))
}

function hex(given: number[]): string {
  return given.map((one) => one.toString(16).padStart(2, '0')).join('')
}

function base64url(given: number[]): string {
  const text = btoa(String.fromCharCode(...given))
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

function bytes(text: string): Uint8Array {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}
