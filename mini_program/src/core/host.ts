/**
 * All that differs between WeChat, Alipay and H5. No other file asks where it runs.
 *
 * `process.env.UNI_PLATFORM` is a constant of the build, so each bundle holds its own branch only.
 */

import gcoord from 'gcoord'
// #ifdef H5
import '../web.css'
// #endif
// #ifndef H5
import { en } from './texts/en'
// #endif

export type Platform = 'wechat' | 'alipay' | 'demo'
export type PayClient = 'wechat_mini' | 'alipay_mini' | 'web'
export type Picked = { name: string; type: string; path: string; size: number }
/** What the server asks the phone to do to pay; `kind` tells which. */
export type PayAction = { kind: string; [field: string]: unknown }

const PLACE_MS = 1500
const BUILT_FOR = process.env.UNI_PLATFORM
export const IS_WEB = BUILT_FOR === 'h5'
export const IS_WECHAT = BUILT_FOR === 'mp-weixin'
const IS_ALIPAY = BUILT_FOR === 'mp-alipay'

/** Browsers ask where the pages came from, unless these are shown by a host of their own. */
export const API_URL = import.meta.env.VITE_API_URL ?? (IS_WEB ? '' : 'http://127.0.0.1:8000')
export const PLATFORM: Platform = IS_WECHAT ? 'wechat' : IS_ALIPAY ? 'alipay' : 'demo'
export const PAY_CLIENT: PayClient = IS_WECHAT ? 'wechat_mini' : IS_ALIPAY ? 'alipay_mini' : 'web'
/** The host's own wallet; in a browser either: the one by its own page, the other by a code. No page takes cards. */
export const PAY_METHODS = IS_WECHAT
  ? (['wechat_pay'] as const)
  : IS_ALIPAY
    ? (['alipay'] as const)
    : (['alipay', 'wechat_pay'] as const)
/** Tell whether a code would be shown on the very phone that is to scan it. */
export const isPhone = () => IS_WEB && window.matchMedia('(pointer: coarse)').matches

/** Tell whether the page was opened at the staff's address; mini-programs have a button instead. */
export function openedByStaff(): boolean {
  return IS_WEB && /^\/staff(\/|$)/.test(window.location.pathname)
}

/** Hear of an address within the running pages that none of them has; uni-app tells of the first alone. */
export function onUnknownAddress(tell: () => void): void {
  if (!IS_WEB) return
  const routes = (window as unknown as { __uniRoutes: { path: string; alias?: string }[] }).__uniRoutes
  window.addEventListener('hashchange', () => {
    const path = window.location.hash.slice(1).split('?')[0]
    if (path && !routes.some((one) => one.path === path || one.alias === path)) tell()
  })
}

/** Tell whether the page was opened at the address of open data. */
export function openedAsOpenData(): boolean {
  return IS_WEB && /^\/open(\/|$)/.test(window.location.pathname) && !/#\/open\//.test(window.location.hash)
}

/** Return the page of a hall that the address names (`/display/hall-330203`), unless it is open. */
export function openedInHall(): { page: string; office: string } | null {
  if (!IS_WEB || /#\/hall\//.test(window.location.hash)) return null
  const found = /^\/(display|kiosk)\/([a-z0-9-]+)$/.exec(window.location.pathname)
  return found ? { page: found[1]!, office: found[2]! } : null
}

/** Tell whether the host can read aloud. */
export function canSpeak(): boolean {
  return IS_WEB && 'speechSynthesis' in window
}

/** Read a text aloud, after what is being read. */
export function speak(text: string, language: string): void {
  if (!canSpeak()) return
  const words = new SpeechSynthesisUtterance(text)
  words.lang = language
  words.rate = 0.9
  window.speechSynthesis.speak(words)
}

/** Tell whether what is done now is done by the second tap of a double one. */
export function isSecondTap(): boolean {
  const event = IS_WEB ? (window.event as UIEvent | undefined) : undefined
  return event?.type === 'click' && event.detail > 1
}

/** Print the page as it is shown; a mini-program has no printer. */
export function printPage(): void {
  if (IS_WEB) window.print()
}

/** Keep the pages that show a pass for when there is no network; mini-programs are on the phone. */
export function keepPages(): void {
  if (IS_WEB) navigator.serviceWorker?.register('/worker.js').catch(() => undefined)
}

/** Run `act` under a lock that all tabs share; a mini-program has one tab, old browsers no locks. */
export async function withLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  return IS_WEB && navigator.locks ? navigator.locks.request(name, act) : act()
}

/**
 * Return bytes of the host's cryptographically secure source.
 *
 * Browsers have Web Crypto, WeChat `wx.getRandomValues` from base library 2.15.0. Alipay's logic layer
 * has neither; Math.random serves there, for what must differ but guards nothing.
 */
export function randomBytes(length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  if (IS_WEB) return Promise.resolve(crypto.getRandomValues(bytes))
  const pseudo = () => bytes.map(() => Math.floor(Math.random() * 256))
  if (!IS_WECHAT || !uni.canIUse('getRandomValues')) return Promise.resolve(pseudo())
  return new Promise((resolve) => {
    const host = uni as unknown as { getRandomValues: (options: object) => void }
    host.getRandomValues({
      length,
      success: (done: { randomValues: ArrayBuffer }) => resolve(new Uint8Array(done.randomValues)),
      fail: () => resolve(pseudo()),
    })
  })
}

/** Get the one-time code of the platform's silent log-in. */
export function loginCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    uni.login({ success: (done) => resolve(done.code), fail: reject })
  })
}

/** WeChat's own mini-program that asks a person whether it may tell who they are. */
const WECHAT_REAL_NAME = { appId: 'wx308bd2aeb83d3345', path: 'subPages/city/wxpay-auth/main' }

type Shown = { referrerInfo?: { appId?: string; extraData?: { code?: string } } }

/**
 * Ask the person to let the platform tell who they are; null when they do not, and in browsers.
 *
 * Alipay's `getAuthCode` with the scope `auth_user`; WeChat's city service `checkrealnameinfo`, which
 * comes back from its own mini-program with a code.
 */
export function realNameCode(): Promise<string | null> {
  if (IS_WEB) return Promise.resolve(null)
  return new Promise((resolve) => {
    const fail = () => resolve(null)
    if (IS_ALIPAY) {
      uni.login({ scopes: 'auth_user', success: (done) => resolve(done.code), fail })
      return
    }
    const app = uni as unknown as Record<string, (tell: (shown: Shown) => void) => void>
    const back = ({ referrerInfo }: Shown) => {
      app.offAppShow?.(back)
      const from = referrerInfo?.appId === WECHAT_REAL_NAME.appId ? referrerInfo : undefined
      resolve(from?.extraData?.code ?? null)
    }
    const success = () => app.onAppShow?.(back)
    uni.navigateToMiniProgram({ ...WECHAT_REAL_NAME, success, fail })
  })
}

/** Scan a code with the camera; null where there is none or the person gave up. */
export function scan(): Promise<string | null> {
  if (IS_WEB) return Promise.resolve(null)
  return new Promise((resolve) => {
    uni.scanCode({ success: (done) => resolve(done.result), fail: () => resolve(null) })
  })
}

/** Tell the phone's place as "latitude,longitude"; null when it is not told soon. */
export function currentPosition(): Promise<string | null> {
  return new Promise((resolve) => {
    const tell = (found: { latitude: number; longitude: number }) =>
      resolve(`${found.latitude.toFixed(3)},${found.longitude.toFixed(3)}`)
    const fail = () => resolve(null)
    // Nobody waits for a question that the person has not answered.
    setTimeout(fail, PLACE_MS)
    if (IS_WEB) navigator.geolocation?.getCurrentPosition((found) => tell(found.coords), fail)
    else uni.getLocation({ type: 'wgs84', success: tell, fail })
  })
}

type Place = { name: string; address?: string | null; latitude: number; longitude: number }

/** Tell whether there is a map to open: mini-programs bring one, a phone's browser asks the phone. */
export function hasMaps(): boolean {
  return !IS_WEB || 'ontouchstart' in window
}

/**
 * Show a place, in degrees of WGS 84, on the host's own map.
 *
 * WeChat and Alipay draw it by GCJ-02, as maps in China must; a phone's browser takes a geo URI
 * (RFC 5870), which is WGS 84. An iPhone knows none, and finds the address.
 */
export function openMap(to: Place): void {
  const { name, latitude, longitude } = to
  const address = to.address ?? ''
  if (!IS_WEB) {
    const [x, y] = gcoord.transform([longitude, latitude], gcoord.WGS84, gcoord.GCJ02)
    uni.openLocation({ name, address, latitude: y, longitude: x })
    return
  }
  const label = encodeURIComponent(name)
  const apple = /iPhone|iPad/.test(navigator.userAgent)
  window.location.href = apple
    ? `maps:?q=${encodeURIComponent(address || name)}`
    : `geo:${latitude},${longitude}?q=${latitude},${longitude}(${label})`
}

/** Call a number; a computer's browser asks by what. */
export function dial(phoneNumber: string): void {
  uni.makePhoneCall({ phoneNumber, fail: () => undefined })
}

/** Set the screen to full brightness and keep it on, or undo both; browsers cannot. */
export function keepScreenBright(on: boolean): void {
  if (IS_WEB) return
  uni.setScreenBrightness({ value: on ? 1 : -1, fail: () => undefined })
  uni.setKeepScreenOn({ keepScreenOn: on, fail: () => undefined })
}

/**
 * Ask for consent to messages; returns the templates agreed to. Must follow a tap at once.
 * A browser has no such messages.
 */
export function requestSubscribeMessage(templates: string[]): Promise<string[]> {
  if (IS_WEB || !templates.length) return Promise.resolve([])
  return new Promise((resolve) => {
    if (IS_ALIPAY) return void askAlipay(templates, resolve)
    uni.requestSubscribeMessage({
      tmplIds: templates,
      success: (done) => {
        const said = done as unknown as Record<string, string>
        resolve(templates.filter((template) => said[template] === 'accept'))
      },
      fail: () => resolve([]),
    })
  })
}

/** Ask for consent by `my.requestSubscribeMessage`, which tells the templates that were agreed to. */
function askAlipay(entityIds: string[], resolve: (agreed: string[]) => void): void {
  type Told = { result?: { subscribeEntityIds?: string[] } }
  const host = uni as unknown as { requestSubscribeMessage: (options: object) => void }
  host.requestSubscribeMessage({
    entityIds,
    success: (told: Told) => resolve(told.result?.subscribeEntityIds ?? []),
    fail: () => resolve([]),
  })
}

/** Open the host's wallet for an action of the server; true when the host says that it was paid. */
export function openWallet(action: PayAction): Promise<boolean> {
  const options: Record<string, unknown> =
    action.kind === 'wx_request_payment'
      ? { provider: 'wxpay', ...action }
      : { provider: 'alipay', orderInfo: action.tradeNO }
  return new Promise((resolve) => {
    uni.requestPayment({
      ...options,
      // Alipay answers "success" for anything that closed the wallet; only the server knows.
      success: () => resolve(true),
      fail: () => resolve(false),
    } as unknown as UniApp.RequestPaymentOptions)
  })
}

/** Go to a page of the payment's provider; mini-programs never get such an action. */
export function openLink(url: string): void {
  if (IS_WEB) window.location.assign(url)
}

/** Show a file that the server lets us read for minutes. */
export function openFile(url: string, type = ''): void {
  if (IS_WEB) {
    window.open(url, '_blank', 'noopener')
    return
  }
  if (type.startsWith('image/')) return void uni.previewImage({ urls: [url] })
  uni.downloadFile({
    url,
    success: (done) => uni.openDocument({ filePath: done.tempFilePath, showMenu: true }),
  })
}

/** Show a file of this phone outside of the page; a browser saves what it has no viewer for. */
export function openLocal(path: string, type: string): void {
  if (IS_WEB) window.open(path, '_blank', 'noopener')
  else if (type.startsWith('image/')) uni.previewImage({ urls: [path] })
  else uni.openDocument({ filePath: path, fail: () => undefined })
}

/** Make of a file's bytes an address that this page alone can show; empty where none can be made. */
export function previewOf(bytes: ArrayBuffer, type: string): string {
  return IS_WEB ? URL.createObjectURL(new Blob([bytes], { type })) : ''
}

/** Tell whether the browser shows PDFs itself (HTML, `navigator.pdfViewerEnabled`). */
export function showsPdf(): boolean {
  return IS_WEB && navigator.pdfViewerEnabled
}

/** Tell whether a page shows files of a type itself: pictures, and PDFs where there is a viewer. */
export function showsType(type: string): boolean {
  if (!IS_WEB) return false
  return /^image\/(jpeg|png|gif|webp)$/.test(type) || (type === 'application/pdf' && showsPdf())
}

/** Give back what an address of `previewOf` holds. */
export function forgetPreview(address: string): void {
  if (IS_WEB && address) URL.revokeObjectURL(address)
}

/**
 * Show a PDF in a frame within an element, in place of what was there.
 *
 * The bytes have the type that the server verified, so that they are never read as a page, and the
 * browser's viewer runs apart from this page. The `sandbox` attribute would leave Chromium's empty.
 */
export function showInFrame(holder: string, address: string, title: string): void {
  if (!IS_WEB) return
  const frame = document.createElement('iframe')
  frame.referrerPolicy = 'no-referrer'
  frame.title = title
  frame.src = address
  document.getElementById(holder)?.replaceChildren(frame)
}

/** Hear keys that are typed outside of fields, until the answer is called; phones have none. */
export function onKeys(heard: (key: string) => boolean): () => void {
  if (!IS_WEB) return () => undefined
  const listen = (event: KeyboardEvent) => {
    const from = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || from.closest('input, textarea')) return
    if (heard(event.key)) event.preventDefault()
  }
  window.addEventListener('keydown', listen)
  return () => window.removeEventListener('keydown', listen)
}

const SCANNED_MS = 100
const SHORTEST_CODE = 8

/**
 * Hear what a scanner types outside of fields, its letters fast and then Enter, until the answer is
 * called. An address that it reads is made of letters that are shortcuts: others do not hear them.
 */
export function onScanned(heard: (code: string) => void): () => void {
  if (!IS_WEB) return () => undefined
  let code = ''
  let last = 0
  const listen = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).closest('input, textarea')) return
    const isFast = event.timeStamp - last < SCANNED_MS
    last = event.timeStamp
    const isWhole = isFast && event.key === 'Enter' && code.length >= SHORTEST_CODE
    if (event.key.length === 1) code = isFast ? code + event.key : event.key
    if (isWhole || code.startsWith('ht')) event.stopImmediatePropagation()
    if (!isWhole) return
    event.preventDefault()
    heard(code)
    code = ''
  }
  window.addEventListener('keydown', listen, true)
  return () => window.removeEventListener('keydown', listen, true)
}

/** Put the focus on the first element that is shown and matches; false when there is none. */
export function focusOn(selector: string): boolean {
  if (!IS_WEB) return false
  const shown = [...document.querySelectorAll<HTMLElement>(selector)].find((one) => one.offsetParent)
  shown?.focus()
  return shown !== undefined
}

/** Bring an element of the page into sight; a browser gives it, or its first field, the focus. */
export function bringUp(id: string): void {
  if (!IS_WEB) {
    uni.pageScrollTo({ selector: `#${id}`, duration: 0, fail: () => undefined })
    return
  }
  // Whoever types goes on typing; a screen reader speaks what is an alert in any case.
  if (document.activeElement?.matches('input, textarea')) return
  const found = document.getElementById(id)
  found?.scrollIntoView({ block: 'center' })
  const field = found?.querySelector<HTMLElement>('input, textarea, [role=radio], [role=checkbox], .chip')
  const to = field ?? found
  if (to === found) found?.setAttribute('tabindex', '-1')
  to?.focus({ preventScroll: true })
}

/** Tell whether the window is at least so wide, at once and whenever that changes. */
export function onWidth(least: number, tell: (wide: boolean) => void): () => void {
  if (!IS_WEB) return () => undefined
  const query = window.matchMedia(`(min-width: ${least}px)`)
  const listen = () => tell(query.matches)
  listen()
  query.addEventListener('change', listen)
  return () => query.removeEventListener('change', listen)
}

/** Open a PDF that the API gave: a browser saves it, a mini-program shows it. */
export function openPdf(data: ArrayBuffer, name: string): void {
  if (IS_WEB) {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([data], { type: 'application/pdf' }))
    link.download = name
    link.click()
    return
  }
  const folder = (uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH
  const filePath = `${folder}/${name}`
  const success = () => uni.openDocument({ filePath, showMenu: true })
  uni.getFileSystemManager().writeFile({ filePath, data, success })
}

/**
 * Choose pictures from the camera or album, or (in a browser) any files; none when given up.
 *
 * WeChat asks first by which of the two `ways`: photos, or a file of a chat.
 */
export function chooseFiles(count: number, ways: string[]): Promise<Picked[]> {
  return new Promise((resolve) => {
    const fail = () => resolve([])
    if (IS_WEB) {
      uni.chooseFile({
        count,
        extension: ['.pdf', '.png', '.jpg', '.jpeg', '.heic', '.heif'],
        success: (done) => {
          const files = done.tempFiles as unknown as (File & { path: string })[]
          resolve(
            files.map(({ name, type, path, size }) => ({ name, type, path, size })),
          )
        },
        fail,
      })
      return
    }
    const photos = () => uni.chooseImage({
      // WeChat lets choose nine at a time.
      count: Math.min(count, 9),
      sizeType: ['compressed'],
      sourceType: ['camera', 'album'],
      success: (done) => {
        const files = done.tempFiles as unknown as { path: string; size: number }[]
        resolve(
          files.map(({ path, size }) => {
            const kind = /\.png$/i.test(path) ? 'png' : 'jpeg'
            return { name: `photo.${kind}`, type: `image/${kind}`, path, size }
          }),
        )
      },
      fail,
    })
    if (!IS_WECHAT) return photos()
    // A PDF lies in a chat, where WeChat keeps files.
    const found = (done: { tempFiles: Picked[] }) =>
      resolve(done.tempFiles.map(({ name, path, size }) => ({ name, type: '', path, size })))
    const messages = { count, type: 'file', extension: ['pdf', 'png', 'jpg', 'jpeg', 'heic'] }
    const choose = uni as unknown as { chooseMessageFile: (options: object) => void }
    uni.showActionSheet({
      itemList: ways,
      success: ({ tapIndex }) =>
        tapIndex ? choose.chooseMessageFile({ ...messages, success: found, fail }) : photos(),
      fail,
    })
  })
}

/** The widest a photo of a paper need be, in dots, and how well it is kept. */
const WIDEST = 3000
const QUALITY = 0.88

/**
 * Draw a photo anew: upright, not wider than a page needs, and without what the camera wrote beside it
 * (Exif), as where it was taken. What cannot be drawn stays as it is; hosts shrink what they let choose.
 */
export async function redrawn(bytes: ArrayBuffer, type: string): Promise<ArrayBuffer> {
  if (!IS_WEB || !('createImageBitmap' in window)) return bytes
  try {
    const photo = await createImageBitmap(new Blob([bytes], { type }))
    const scale = Math.min(1, WIDEST / Math.max(photo.width, photo.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(photo.width * scale)
    canvas.height = Math.round(photo.height * scale)
    canvas.getContext('2d')?.drawImage(photo, 0, 0, canvas.width, canvas.height)
    const drawn = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY))
    return drawn ? drawn.arrayBuffer() : bytes
  } catch {
    return bytes
  }
}

/** Read a chosen file whole. */
export async function bytesOf(file: Picked): Promise<ArrayBuffer> {
  if (IS_WEB) return (await fetch(file.path)).arrayBuffer()
  return new Promise((resolve, reject) => {
    uni.getFileSystemManager().readFile({
      filePath: file.path,
      success: (done) => resolve(done.data as ArrayBuffer),
      fail: reject,
    })
  })
}

/** Save a text as a file in a browser, or to the clipboard in a mini-program. */
export function saveText(name: string, text: string, type: string): void {
  if (!IS_WEB) {
    uni.setClipboardData({ data: text })
    return
  }
  save(name, new Blob([text], { type }))
}

/** Give a document's bytes to the person: a file in a browser, the host's viewer elsewhere. */
export function showDocument(name: string, bytes: ArrayBuffer, type: string): void {
  if (IS_WEB) {
    save(name, new Blob([bytes], { type }))
    return
  }
  const filePath = `${(uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH}/${name}`
  uni.getFileSystemManager().writeFile({
    filePath,
    data: bytes,
    success: () => uni.openDocument({ filePath, showMenu: true }),
  })
}

/** The sizes of a saved pass, in dots: the code, and lines below it that a photo viewer shows large. */
const PASS = { width: 720, code: 600, margin: 60, line: 64, letters: 40 }

/** Save a code with what it is for as a picture: a file in a browser, in a phone's album elsewhere. */
export async function savePicture(name: string, code: string, lines: string[]): Promise<void> {
  if (!IS_WEB) {
    const filePath = `${(uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH}/${name}`
    const data = code.slice(code.indexOf(',') + 1)
    const success = () => uni.saveImageToPhotosAlbum({ filePath, fail: () => undefined })
    uni.getFileSystemManager().writeFile({ filePath, data, encoding: 'base64', success })
    return
  }
  const image = new Image()
  image.src = code
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = PASS.width
  canvas.height = PASS.code + 2 * PASS.margin + lines.length * PASS.line
  const pen = canvas.getContext('2d')
  if (!pen) return
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.imageSmoothingEnabled = false
  pen.drawImage(image, PASS.margin, PASS.margin, PASS.code, PASS.code)
  pen.fillStyle = '#1a1a1a'
  pen.font = `${PASS.letters}px sans-serif`
  pen.textAlign = 'center'
  lines.forEach((line, at) => {
    const below = PASS.margin + PASS.code + (at + 1) * PASS.line
    pen.fillText(line, PASS.width / 2, below, PASS.width - PASS.margin)
  })
  const drawn = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  if (drawn) save(name, drawn)
}

function save(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/** The English texts that are part of the bundle: all, but for browsers, which mostly do without. */
export const ENGLISH: Record<string, string> = {
  // #ifndef H5
  ...en,
  // #endif
}

/** Fetch the English texts; rejects without a network. */
export async function fetchEnglish(): Promise<Record<string, string>> {
  // #ifdef H5
  return (await import('./texts/en')).en
  // #endif
  // #ifndef H5
  return ENGLISH
  // #endif
}

/** Tell the host which language the page speaks. */
export function announceLanguage(lang: string): void {
  if (IS_WEB) document.documentElement.lang = lang
}

/** Tell assistive tools and the window which page this is. */
export function announceTitle(title: string): void {
  uni.setNavigationBarTitle({ title, fail: () => undefined })
  if (IS_WEB) document.title = title
}

type Modes = ('fingerPrint' | 'facial' | 'speech')[]
/** What a phone with WeChat signed by finger or face. */
export type Soter = { result_json: string; result_json_signature: string }

/** What of a browser makes and asks passkeys (Web Authentication level 3); a name is needed, no IP address. */
type Passkeys = {
  parseCreationOptionsFromJSON(options: unknown): PublicKeyCredentialCreationOptions
  parseRequestOptionsFromJSON(options: unknown): PublicKeyCredentialRequestOptions
}

function passkeys(): Passkeys | null {
  if (!IS_WEB || !('PublicKeyCredential' in window)) return null
  if (/^[\d.]+$|:/.test(window.location.hostname)) return null
  const found = window.PublicKeyCredential as unknown as Partial<Passkeys>
  return found.parseCreationOptionsFromJSON ? (found as Passkeys) : null
}

/** Tell whether a passkey can be made or asked here. */
export function canUsePasskeys(): boolean {
  return passkeys() !== null
}

/** Let the browser make a passkey; null where its owner said no. */
export async function makePasskey(options: unknown): Promise<unknown> {
  if (!IS_WEB) return null
  const publicKey = passkeys()?.parseCreationOptionsFromJSON(options)
  return answered(() => navigator.credentials.create({ publicKey }))
}

/** Let the browser ask for a passkey; null where its owner said no. */
export async function askPasskey(options: unknown): Promise<unknown> {
  if (!IS_WEB) return null
  const publicKey = passkeys()?.parseRequestOptionsFromJSON(options)
  return answered(() => navigator.credentials.get({ publicKey }))
}

/** Let WeChat ask for a finger or face on a phone that can (SOTER); null where its owner said no. */
export async function askSoter(challenge: string, authContent: string): Promise<Soter | null> {
  if (!IS_WECHAT) return null
  const modes = await new Promise<Modes>((tell) => {
    uni.checkIsSupportSoterAuthentication({
      success: (found) => tell(found.supportMode as Modes),
      fail: () => tell([]),
    })
  })
  const requestAuthModes = modes.filter((one) => one !== 'speech')
  if (!requestAuthModes.length) return null
  return new Promise((tell) => {
    uni.startSoterAuthentication({
      requestAuthModes,
      challenge,
      authContent,
      success: ({ resultJSON, resultJSONSignature }) =>
        tell({ result_json: resultJSON ?? '', result_json_signature: resultJSONSignature ?? '' }),
      fail: () => tell(null),
    })
  })
}

async function answered(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    return ((await ask()) as unknown as { toJSON(): unknown } | null)?.toJSON() ?? null
  } catch {
    return null
  }
}
