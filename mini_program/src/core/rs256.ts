/**
 * Verifies RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.2) and the exponent 65537.
 *
 * Mini-programs have no Web Crypto and old engines no BigInt, and a library of signatures is a tenth of
 * what WeChat loads first. All numbers here are public, so that no time tells a secret.
 */

import { sha256 } from 'js-sha256'

/** 15 bits, the lowest first: the products of a whole row fit into what a double counts exactly. */
type Limbs = number[]

const BITS = 15
const BASE = 1 << BITS
const MASK = BASE - 1
const SQUARINGS = 16
const LEAST_BYTES = 256
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** DigestInfo of SHA-256 before the digest itself (RFC 8017, 9.2, note 1). */
const PREFIX = '3031300d060960864801650304020105000420'

/** Read base64url without padding (RFC 4648, 5); null for any text that no bytes are written as. */
export function fromBase64url(text: string): number[] | null {
  const bytes: number[] = []
  let bits = 0
  let left = 0
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) return null
    bits = (bits << 6) | value
    left += 6
    if (left >= 8) {
      left -= 8
      bytes.push((bits >> left) & 255)
      bits &= (1 << left) - 1
    }
  }
  return left < 6 && bits === 0 ? bytes : null
}

/** Tell whether a key (JWK, RFC 7518, 6.3.1; its modulus `n`) signed a text of ASCII. */
export function verifyRs256(n: string, text: string, signature: string): boolean {
  const key = fromBase64url(n)
  const signed = fromBase64url(signature)
  if (!key || !signed || key.length < LEAST_BYTES || signed.length !== key.length) return false
  const modulus = limbs(key)
  const power = limbs(signed, modulus.length)
  if (!(modulus[0]! & 1) || !isLess(power, modulus)) return false
  // The whole of what must come out is compared, as nothing within it is read.
  const expected = limbs(encoded(text, key.length), modulus.length)
  return raised(power, modulus).every((limb, at) => limb === expected[at])
}

/** EMSA-PKCS1-v1_5 (RFC 8017, 9.2). */
function encoded(text: string, length: number): number[] {
  const said = (PREFIX + sha256(text)).match(/../g)!.map((byte) => parseInt(byte, 16))
  return [0, 1, ...Array<number>(length - said.length - 3).fill(255), 0, ...said]
}

function limbs(bytes: number[], length = 0): Limbs {
  const found: Limbs = []
  let bits = 0
  let there = 0
  for (const byte of [...bytes].reverse()) {
    bits |= byte << there
    there += 8
    if (there >= BITS) {
      found.push(bits & MASK)
      bits >>= BITS
      there -= BITS
    }
  }
  found.push(bits)
  while (found.length < length) found.push(0)
  return found
}

function isLess(one: Limbs, other: Limbs): boolean {
  for (let at = other.length - 1; at >= 0; at -= 1) {
    if (one[at] !== other[at]) return one[at]! < other[at]!
  }
  return false
}

function less(one: Limbs, other: Limbs): Limbs {
  let borrowed = 0
  return one.map((limb, at) => {
    const rest = limb - (other[at] ?? 0) - borrowed
    borrowed = rest < 0 ? 1 : 0
    return rest & MASK
  })
}

/** `base` to the power of 65537, by Montgomery's multiplication. */
function raised(base: Limbs, modulus: Limbs): Limbs {
  const one: Limbs = modulus.map((_, at) => (at ? 0 : 1))
  // R² modulo n, where R is BASE to the number of limbs.
  let square = one
  for (let bit = 0; bit < 2 * BITS * modulus.length; bit += 1) square = doubled(square, modulus)
  const inverse = negativeInverse(modulus[0]!)
  const times = (a: Limbs, b: Limbs) => multiplied(a, b, modulus, inverse)
  const start = times(base, square)
  let power = start
  for (let turn = 0; turn < SQUARINGS; turn += 1) power = times(power, power)
  return times(times(power, start), one)
}

function doubled(number: Limbs, modulus: Limbs): Limbs {
  let carry = 0
  const twice = number.map((limb) => {
    const sum = 2 * limb + carry
    carry = sum >> BITS
    return sum & MASK
  })
  return carry || !isLess(twice, modulus) ? less(twice, modulus) : twice
}

/** -1/odd modulo BASE, by Newton's iteration. */
function negativeInverse(odd: number): number {
  let found = 1
  for (let turn = 0; turn < 4; turn += 1) found = (found * (2 - odd * found)) & MASK
  return (BASE - found) & MASK
}

/** a·b/R modulo n (Koç, Acar and Kaliski, "Analyzing and comparing Montgomery …", CIOS). */
function multiplied(a: Limbs, b: Limbs, n: Limbs, inverse: number): Limbs {
  const size = n.length
  const sum = Array<number>(size + 1).fill(0)
  for (let i = 0; i < size; i += 1) {
    const q = (((sum[0]! + a[i]! * b[0]!) & MASK) * inverse) & MASK
    let carry = (sum[0]! + a[i]! * b[0]! + q * n[0]!) >>> BITS
    for (let j = 1; j < size; j += 1) {
      const next = sum[j]! + a[i]! * b[j]! + q * n[j]! + carry
      sum[j - 1] = next & MASK
      carry = next >>> BITS
    }
    const last = sum[size]! + carry
    sum[size - 1] = last & MASK
    sum[size] = last >>> BITS
  }
  const low = sum.slice(0, size)
  return sum[size] || !isLess(low, n) ? less(low, n) : low
}
