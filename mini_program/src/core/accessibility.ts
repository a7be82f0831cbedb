/**
 * What uni-app's H5 elements lack for keyboards and screen readers: a button's role, tab stop and
 * keys, and an input's label. Mini-programs bring their own.
 */

import { IS_WEB } from './host'

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }
const left = new WeakMap<HTMLElement, HTMLElement>()
/** As long as desktops give the second tap of a double one. */
const DOUBLE_MS = 500
let pressed: { target: HTMLElement | null; at: number } = { target: null, at: 0 }

/** Mend the page now and whenever it changes. */
export function startAccessibility(): void {
  if (!IS_WEB) return
  document.addEventListener('keydown', press)
  const watcher = new MutationObserver(() => mend(document.body))
  watcher.observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['disabled', 'aria-checked', 'aria-label', 'aria-invalid', 'aria-describedby'],
  })
}

function mend(root: ParentNode): void {
  for (const button of root.querySelectorAll('uni-button')) {
    const off = button.hasAttribute('disabled')
    if (!button.hasAttribute('role')) put(button, 'role', 'button')
    put(button, 'tabindex', off ? '-1' : '0')
    put(button, 'aria-disabled', String(off))
  }
  for (const group of root.querySelectorAll('[role=radiogroup]')) {
    // One stop for the whole group: arrows move within it (ARIA Authoring Practices, radio group).
    const radios = radiosOf(group)
    const stop = radios.find((one) => one.getAttribute('aria-checked') === 'true') ?? radios[0]
    for (const one of radios) {
      if (one !== stop && one !== document.activeElement) put(one, 'tabindex', '-1')
    }
  }
  for (const field of root.querySelectorAll('uni-input, uni-textarea')) {
    const inner = field.querySelector('input, textarea')
    if (!inner) continue
    for (const name of ['aria-label', 'aria-invalid', 'aria-describedby', 'autocomplete']) {
      const value = field.getAttribute(name)
      if (value === null) continue
      put(inner, name, value)
      field.removeAttribute(name)
    }
  }
  for (const image of root.querySelectorAll('uni-image')) {
    const inner = image.querySelector('img')
    if (inner) put(inner, 'alt', '')
    if (image.hasAttribute('aria-label')) put(image, 'role', 'img')
  }
}

/** Write only a change: an observer that writes what is there already never comes to rest. */
function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

function radiosOf(group: Element): HTMLElement[] {
  return [...group.querySelectorAll<HTMLElement>('[role=radio]:not([disabled])')]
}

/** Move the focus within a group of radio buttons; space or Enter chooses. */
function move(event: KeyboardEvent, target: HTMLElement): void {
  const step = STEPS[event.key]
  const group = target.getAttribute('role') === 'radio' && target.closest('[role=radiogroup]')
  if (!step || !group) return
  event.preventDefault()
  const radios = radiosOf(group)
  const next = radios[(radios.indexOf(target) + step + radios.length) % radios.length]
  put(next, 'tabindex', '0')
  next.focus()
}

/**
 * Let whoever cannot see hear which page has come: the focus goes to its heading, or back to where it was
 * when the page was left, unless the page has put it elsewhere.
 */
export function focusPage(screen: HTMLElement | null): void {
  if (!IS_WEB || !screen || screen.contains(document.activeElement)) return
  const before = left.get(screen)
  const to = before?.isConnected ? before : screen.querySelector<HTMLElement>('.title')
  if (to?.classList.contains('title')) put(to, 'tabindex', '-1')
  to?.focus({ preventScroll: true })
}

/** Remember where the focus was on a page that is left. */
export function leavePage(screen: HTMLElement | null): void {
  const focused = IS_WEB ? (document.activeElement as HTMLElement | null) : null
  if (screen && focused && screen.contains(focused)) left.set(screen, focused)
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  move(event, target)
  if (target.tagName !== 'UNI-BUTTON' || (event.key !== 'Enter' && event.key !== ' ')) return
  event.preventDefault()
  // A key that is held down would press what comes to stand there, too.
  if (event.repeat) return
  const isSecond = target === pressed.target && event.timeStamp - pressed.at < DOUBLE_MS
  pressed = { target, at: event.timeStamp }
  // As a browser counts taps: the second press of a double one is told as such (UI Events, `detail`).
  const detail = isSecond ? 2 : 1
  target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true, detail }))
}
