/** SHA-256 (FIPS 180-4): mini-programs have no function for it, and an upload is announced by it. */

const ROUNDS = 64
const BLOCK = 64

const primes: number[] = []
for (let n = 2; primes.length < ROUNDS; n += 1) {
  if (primes.every((prime) => n % prime)) primes.push(n)
}
const fraction = (value: number) => Math.floor((value - Math.floor(value)) * 2 ** 32)
const START = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
const K = primes.map((prime) => fraction(Math.cbrt(prime)))
const turn = (x: number, n: number) => (x >>> n) | (x << (32 - n))

/** Return the digest of some bytes in hexadecimal. */
export function sha256(buffer: ArrayBuffer): string {
  const bytes = padded(new Uint8Array(buffer))
  const view = new DataView(bytes.buffer)
  const hash = new Int32Array(START)
  const words = new Int32Array(ROUNDS)
  for (let at = 0; at < bytes.length; at += BLOCK) {
    for (let i = 0; i < ROUNDS; i += 1) {
      words[i] = i < 16 ? view.getInt32(at + i * 4) : expanded(words, i)
    }
    mix(hash, words)
  }
  return [...hash].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function padded(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil((bytes.length + 9) / BLOCK) * BLOCK
  const all = new Uint8Array(length)
  all.set(bytes)
  all[bytes.length] = 0x80
  const view = new DataView(all.buffer)
  view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(length - 4, bytes.length << 3)
  return all
}

function expanded(w: Int32Array, i: number): number {
  const a = w[i - 15]
  const b = w[i - 2]
  const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
  const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
  return (w[i - 16] + s0 + w[i - 7] + s1) | 0
}

function mix(hash: Int32Array, words: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = hash
  for (let i = 0; i < ROUNDS; i += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] += word))
}
