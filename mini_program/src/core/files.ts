/** Files on their way out: what may be sent is told by their own bytes, before anything is sent. */

import { Problem } from './client'
import { bytesOf, chooseFiles, redrawn, type Picked } from './host'
import { t } from './i18n'

export type Ready = { name: string; type: string; bytes: ArrayBuffer }

const MB = 1024 * 1024
/** As the server takes them (`MAX_BYTES`). */
const MOST_MB = 10
const SMALL_PNG = 3 * MB
/** How a file of each kind begins, from which byte. */
const BEGINNINGS: [type: string, at: number, begins: string][] = [
  ['application/pdf', 0, '%PDF-'],
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/heic', 4, 'ftyphei'],
  ['image/heic', 4, 'ftyphev'],
  ['image/heif', 4, 'ftypmif1'],
]

/** Choose files of the phone; none when given up. */
export function choose(count: number): Promise<Picked[]> {
  return chooseFiles(count, [t('files.photos'), t('files.chat')])
}

/** Tell a file's type by how it begins; empty when it is none that is taken. */
export function typeOf(bytes: ArrayBuffer): string {
  const head = String.fromCharCode(...new Uint8Array(bytes.slice(0, 16)))
  return BEGINNINGS.find(([, at, begins]) => head.startsWith(begins, at))?.[0] ?? ''
}

/**
 * Read a chosen file and make it ready to send; photos are drawn anew, smaller and without the place
 * where they were taken. Raises Problem in words about files.
 */
export async function ready(file: Picked): Promise<Ready> {
  let bytes = await bytesOf(file)
  let type = typeOf(bytes)
  if (!type) throw new Problem(422, 'file_type', t('files.type', { name: file.name }))
  if (type === 'image/jpeg' || (type === 'image/png' && bytes.byteLength > SMALL_PNG)) {
    bytes = await redrawn(bytes, type)
    type = typeOf(bytes)
  }
  if (bytes.byteLength > MOST_MB * MB) {
    throw new Problem(422, 'file_size', t('files.large', { name: file.name, n: MOST_MB }))
  }
  return { name: file.name, type, bytes }
}
