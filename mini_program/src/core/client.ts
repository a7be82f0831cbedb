/**
 * Calls of the API. Types come from its OpenAPI document; see `npm run types`.
 *
 * Every write carries an Idempotency-Key. It is stored until the server has given a definitive
 * answer, so that the same request sent again after a cut network takes effect once.
 */

import { sha256 } from 'js-sha256'
import { apiUrl } from './cells'
import { randomBytes, withLock } from './host'
import { lang } from './i18n'
import type { components, paths } from './schema'
import { endSession, keepSession, sessions, takeSession, type Session, type Who } from './session'

export type Schemas = components['schemas']
export type FieldProblem = { pointer: string; code: string; detail: string }
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>
type Content<R> = R extends { content: { 'application/json': infer A } } ? A : undefined
type Answers<O> = O extends { responses: { 200: infer R } }
  ? Content<R>
  : O extends { responses: { 201: infer R } }
    ? Content<R>
    : O extends { responses: { 202: infer R } }
      ? Content<R>
      : undefined
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never
type Asked<Q> = O_<Q> extends never ? Record<string, never> : O_<Q>
type O_<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never
type Given<P extends keyof paths, M extends Method> = {
  path?: Record<string, string>
  query?: Asked<Operation<P, M>>
  body?: Body<Operation<P, M>>
  /** Who asks, where both may. */
  who?: Who
  /** What was signed, for an act without a body. */
  signature?: string
}
type HttpAnswer = { status: number; data: unknown; headers: Record<string, string> }
type Request = { method: Method; url: string; body?: unknown; accept?: string; who?: Who; signature?: string }

const PAUSES_MS = [400, 1200]
const ATTEMPT = 'attempt.'
const KEY_BYTES = 16
/** For so long the server remembers a key; what is asked later is asked anew. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000
const REFUSED = 400
const BUSY = 429
const BROKEN = 500
const UNKNOWN = { code: 'internal_error', detail: '', errors: [] as FieldProblem[] }

/** A refusal of the server, or `offline` when it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail || code)
  }
}

/** Call a route of the API; raises Problem. */
export async function call<P extends keyof paths, M extends Method & keyof paths[P]>(
  method: M,
  route: P,
  given: Given<P, M> = {},
): Promise<Answers<Operation<P, M>>> {
  const url = address(route, given.path, given.query)
  const request = { method, url, body: given.body, who: given.who, signature: given.signature }
  return (await send(request)).data as Answers<Operation<P, M>>
}

/** Read a picture or a text of the API; raises Problem. */
export async function fetchAs(url: string, accept: string): Promise<unknown> {
  return (await send({ method: 'get', url, accept })).data
}

/** Write, and read the picture that the API answers; raises Problem. */
export async function postAs(url: string, accept: string, body: unknown): Promise<unknown> {
  return (await send({ method: 'post', url, accept, body })).data
}

/** Put a file's bytes where the server said. */
export async function putBytes(
  url: string,
  headers: Record<string, string>,
  bytes: ArrayBuffer,
): Promise<void> {
  const answer = await sendWithRetries({ method: 'put', url, body: bytes }, headers)
  if (answer.status >= REFUSED) throw new Problem(answer.status, 'upload_failed', '')
}

/** Read a file's bytes where the server said; raises Problem. */
export async function getBytes(url: string, type: string): Promise<ArrayBuffer> {
  const answer = await sendWithRetries({ method: 'get', url }, { Accept: type })
  if (answer.status >= REFUSED) throw new Problem(answer.status, 'not_found', '')
  return answer.data as ArrayBuffer
}

/** Fill a route's names and add the query. */
export function address(
  route: string,
  path: Record<string, string> = {},
  query: Record<string, unknown> = {},
): string {
  const filled = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name]))
  const asked = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return asked.length ? `${filled}?${asked.join('&')}` : filled
}

async function send(request: Request): Promise<HttpAnswer> {
  const who: Who = request.who ?? (/^\/v1\/admin\//.test(request.url) ? 'staff' : 'citizen')
  const attempt = request.method === 'get' ? null : await attemptOf(request)
  const signature: Record<string, string> = request.signature
    ? { 'Onetrip-Signature': request.signature }
    : {}
  const headers = { Accept: request.accept ?? 'application/json', ...attempt?.header, ...signature }
  let used = sessions[who]?.access_token
  let answer = await sendWithRetries(request, { ...headers, ...bearer(used) })
  if (answer.status === 401 && used && (await renewed(who, used))) {
    used = sessions[who]?.access_token
    answer = await sendWithRetries(request, { ...headers, ...bearer(used) })
  }
  // A 5xx does not say whether the write took effect: the next try carries the same key.
  if (answer.status < BROKEN) attempt?.end()
  if (answer.status < REFUSED) return answer
  throw problemOf(answer)
}

/** Send, and send again when the network is cut or the server answers 503; raises Problem. */
async function sendWithRetries(request: Request, headers: Record<string, string>): Promise<HttpAnswer> {
  const url = /^https?:/.test(request.url) ? request.url : await addressed(request.url)
  for (const pause of [...PAUSES_MS, null]) {
    const answer = await sendOnce({ ...request, url }, headers)
    if (answer && answer.status !== 503) return answer
    if (pause === null) {
      if (answer) return answer
      throw new Problem(0, 'offline', '')
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  throw new Problem(0, 'offline', '')
}

/** Return where the API of the chosen city has a path; raises Problem. */
async function addressed(path: string): Promise<string> {
  const base = await apiUrl()
  if (base === null) throw new Problem(0, 'offline', '')
  return base + path
}

function sendOnce(request: Request, headers: Record<string, string>): Promise<HttpAnswer | null> {
  const bytes = request.body instanceof ArrayBuffer
  const all: Record<string, string> = { 'Accept-Language': lang.value, ...headers }
  if (request.body !== undefined && !bytes) all['Content-Type'] = 'application/json'
  const binary = /^(image\/|application\/pdf)/.test(headers.Accept ?? '')
  return new Promise((resolve) => {
    uni.request({
      url: request.url,
      method: request.method.toUpperCase() as 'GET',
      data: (bytes || request.body === undefined
        ? request.body
        : JSON.stringify(request.body)) as ArrayBuffer,
      header: bytes ? headers : all,
      responseType: binary ? 'arraybuffer' : 'text',
      dataType: binary ? '' : 'json',
      timeout: 15000,
      success: (done) => {
        const given = done as unknown as { header?: Record<string, string> }
        resolve({ status: done.statusCode, data: done.data, headers: given.header ?? {} })
      },
      fail: () => resolve(null),
    })
  })
}

function bearer(token: string | undefined): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {}
}

const renewing: Partial<Record<Who, Promise<boolean>>> = {}

/** Exchange the refresh token, once for all calls that wait for it and for all tabs. */
async function renewed(who: Who, used: string): Promise<boolean> {
  if (sessions[who]?.access_token !== used) return sessions[who] !== null
  renewing[who] ??= withLock(`renew.${who}`, () => renew(who)).finally(() => delete renewing[who])
  return renewing[who]
}

async function renew(who: Who): Promise<boolean> {
  const before = sessions[who]
  const session = takeSession(who)
  if (!before || !session) return false
  // Another tab was faster; what was asked is not asked again as someone who logged in there.
  if (session.access_token !== before.access_token) return family(session) === family(before)
  const body = { refresh_token: session.refresh_token }
  // The same for each tab and each try, so that a lost answer is answered again.
  const header = { 'Idempotency-Key': `renew-${digest(session.refresh_token)}` }
  const answer = await sendWithRetries({ method: 'post', url: '/v1/login/refresh', body }, header)
  // The log-in is not over because the server is in trouble.
  if (answer.status >= BROKEN || answer.status === BUSY) throw problemOf(answer)
  if (answer.status >= REFUSED) {
    endSession(who)
    return false
  }
  const pair = answer.data as { access_token: string; refresh_token: string }
  const { access_token, refresh_token } = pair
  keepSession(who, { ...session, access_token, refresh_token })
  return true
}

/** A refresh token begins with its log-in's name, which renewing keeps. */
function family(session: Session): string {
  return session.refresh_token.split('.')[0]
}

/** Return the key of a write: the stored one of an unanswered attempt, else a new one. */
async function attemptOf(request: Request) {
  const name = `${request.method} ${request.url} ${JSON.stringify(request.body)}`
  const stored = `${ATTEMPT}${digest(name)}`
  const fresh = storedKey(stored) ? '' : hex(await randomBytes(KEY_BYTES))
  // Another tap may have stored its key meanwhile; both are one attempt.
  const key = storedKey(stored) ?? fresh
  if (key === fresh) {
    dropExpiredKeys()
    uni.setStorageSync(stored, { key, at: Date.now() })
  }
  return { header: { 'Idempotency-Key': key }, end: () => uni.removeStorageSync(stored) }
}

/** Return a stored key that the server still remembers. */
function storedKey(stored: string): string | null {
  const attempt = (uni.getStorageSync(stored) as { key: string; at: number } | '') || null
  return attempt && Date.now() - attempt.at < KEY_LIFETIME_MS ? attempt.key : null
}

function dropExpiredKeys(): void {
  for (const name of uni.getStorageInfoSync().keys) {
    if (name.startsWith(ATTEMPT) && !storedKey(name)) uni.removeStorageSync(name)
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Return 128 bits of a text's SHA-256 as hexadecimal digits. */
function digest(text: string): string {
  return sha256(text).slice(0, 32)
}

function problemOf(answer: HttpAnswer): Problem {
  let given: Record<string, unknown> = UNKNOWN
  try {
    given = (typeof answer.data === 'string' ? JSON.parse(answer.data) : answer.data) ?? UNKNOWN
  } catch {
    // A proxy's page instead of a problem: the status says enough.
  }
  const { code, detail, errors, ...more } = given as typeof UNKNOWN
  return new Problem(answer.status, code ?? 'internal_error', detail ?? '', errors ?? [], more)
}
