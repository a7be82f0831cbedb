/** The directory of cells: which city's system is at which address, signed for the province. */

import { fromBase64url, verifyRs256 } from './rs256'

/** `city` is the code of a prefecture (GB/T 2260), `api` the address of its system. */
export type Cell = { city: string; name: string; name_en: string; api: string }
/** `version` and `exp` are seconds since 1970. */
export type Directory = { version: number; exp: number; cells: Cell[] }
/** A public key as a JWK of RSA (RFC 7518, 6.3.1). */
export type PublicKey = { kid: string; n: string; e: string }

const TYPE = 'onetrip-cells+jws'
const EXPONENT = 'AQAB'

/**
 * Return what a JWS (RFC 7515) says, if one of the keys signed it, it has not expired and is not older
 * than `version`; else null.
 */
export function openDirectory(
  text: string,
  keys: PublicKey[],
  now: number,
  version: number,
): Directory | null {
  const [head = '', claims = '', signature = '', ...more] = text.trim().split('.')
  try {
    const said = read(head) as { alg?: string; kid?: string; typ?: string }
    const key = keys.find((one) => one.kid === said.kid && one.e === EXPONENT)
    if (more.length || !key || said.alg !== 'RS256' || said.typ !== TYPE) return null
    if (!verifyRs256(key.n, `${head}.${claims}`, signature)) return null
    const found = read(claims) as Directory
    return found.version >= version && isGood(found, now) ? found : null
  } catch {
    return null
  }
}

/** Tell whether a directory may still be believed at a time in milliseconds. */
export function isGood(directory: Directory, now: number): boolean {
  return directory.exp * 1000 > now && directory.cells.length > 0
}

function read(part: string): unknown {
  const bytes = fromBase64url(part)
  if (!bytes) return {}
  // Whoever signs writes ASCII; other letters are escaped in JSON.
  return JSON.parse(bytes.map((byte) => String.fromCharCode(byte)).join(''))
}
