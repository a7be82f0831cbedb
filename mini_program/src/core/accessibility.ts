/**
 * What uni-app's H5 elements lack for keyboards and screen readers: a button's role, tab stop and
 * keys, and an input's label. Mini-programs bring their own.
 */

import { IS_WEB } from './host'

/** Mend the page now and whenever it changes. */
export function startAccessibility(): void {
  if (!IS_WEB) return
  document.addEventListener('keydown', press)
  const watcher = new MutationObserver(() => mend(document.body))
  watcher.observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['disabled', 'aria-label', 'aria-invalid', 'aria-describedby'],
  })
}

function mend(root: ParentNode): void {
  for (const button of root.querySelectorAll('uni-button')) {
    const off = button.hasAttribute('disabled')
    if (!button.hasAttribute('role')) put(button, 'role', 'button')
    put(button, 'tabindex', off ? '-1' : '0')
    put(button, 'aria-disabled', String(off))
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

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  if (target.tagName !== 'UNI-BUTTON' || (event.key !== 'Enter' && event.key !== ' ')) return
  event.preventDefault()
  target.click()
}
