/** The sections of a service as lines to fill in: each value of the tree with its JSON pointer. */

export type Tree = string | number | boolean | null | Tree[] | { [name: string]: Tree }
type Node = { [name: string]: Tree }
export type Line = {
  pointer: string
  /** The name of what it is, without the places of lists. */
  name: string
  depth: number
  /** Money is in cents, and typed in yuan. */
  kind: 'text' | 'number' | 'money' | 'flag' | 'head' | 'item' | 'list'
  lang?: 'zh-CN' | 'en'
  value: Tree
  place?: number
}

const LANGS = ['zh-CN', 'en'] as const
const KINDS: Record<string, Line['kind']> = {
  cents: 'money',
  value: 'number',
  promised_working_days: 'number',
  usual_pages: 'number',
  article: 'number',
}
const CENTS = 100
const words = (): Node => ({ 'zh-CN': '', en: '' })
/** What stands in both languages although it may be empty. */
const WORDS = ['issued_by']
/** What is added to a list. */
const BLANK: Record<string, () => Tree> = {
  conditions: words,
  common_mistakes: words,
  legal_basis: () => ({ law: words(), article: null }),
  sample: () => ({ name: words(), value: words() }),
  faq: () => ({ question: words(), answer: words() }),
  materials: () => ({
    material_id: '',
    name: words(),
    required: true,
    usual_pages: 1,
    original: 'none',
    certificate_types: [],
    register_id: null,
    issued_by: null,
    common_mistakes: [],
    also_called: [],
  }),
}

/** Return the name of a member of staff, of what a history calls them. */
export function nameOf(actor: string): string {
  return actor.replace(/^staff:/, '')
}

/** Return the lines of a section, in their order. */
export function linesOf(section: string, value: Tree): Line[] {
  return lines(`/${section}`, section, value, 0)
}

/** Write a line's value as it is typed. */
export function typedOf({ kind, value }: Line): string {
  if (value === null) return ''
  return String(kind === 'money' && typeof value === 'number' ? value / CENTS : value)
}

/** Read what was typed in a line of a number or of money; what is none stays text, to be refused. */
export function numberOf(kind: Line['kind'], text: string): Tree {
  const number = Number(text)
  if (text.trim() === '') return null
  if (Number.isNaN(number)) return text
  return kind === 'money' ? Math.round(number * CENTS) : number
}

/** Return a tree with another value at a pointer; what it had stays as it was. */
export function withValue(tree: Tree, pointer: string, value: Tree): Tree {
  const [, first, ...rest] = pointer.split('/')
  if (first === undefined) return value
  const inner = rest.length ? `/${rest.join('/')}` : ''
  if (Array.isArray(tree)) {
    return tree.map((one, place) => (String(place) === first ? withValue(one, inner, value) : one))
  }
  const node: Node = tree !== null && typeof tree === 'object' ? tree : words()
  return { ...node, [first]: withValue(node[first] ?? null, inner, value) }
}

/** Return a tree with one more in the list at a pointer, or without the one at a place. */
export function withList(tree: Tree, pointer: string, without?: number): Tree {
  const list = valueAt(tree, pointer)
  const name = pointer.split('/').pop() ?? ''
  if (!Array.isArray(list)) return tree
  const kept =
    without === undefined
      ? [...list, (BLANK[name] ?? (() => ''))()]
      : list.filter((_, place) => place !== without)
  return withValue(tree, pointer, kept)
}

/** Return what stands at a pointer; null where nothing does. */
export function valueAt(tree: Tree, pointer: string): Tree {
  let found: Tree = tree
  for (const name of pointer.split('/').slice(1)) {
    if (found === null || typeof found !== 'object') return null
    found = (found as Node)[name] ?? null
  }
  return found
}

function lines(pointer: string, name: string, value: Tree, depth: number): Line[] {
  const line = { pointer, name, depth, value }
  if (Array.isArray(value)) {
    const items = value.flatMap((one, place) => linesOfItem(pointer, name, one, place, depth + 1))
    return [{ ...line, kind: 'list' }, ...items]
  }
  if (isWords(value) || WORDS.includes(name)) {
    const said = (value ?? {}) as Node
    return LANGS.map((lang) => ({
      pointer: `${pointer}/${lang}`,
      name,
      depth,
      kind: 'text',
      lang,
      value: said[lang] ?? '',
    }))
  }
  if (value !== null && typeof value === 'object') {
    const inner = Object.entries(value).flatMap(([key, one]) =>
      lines(`${pointer}/${key}`, key, one, depth + 1),
    )
    return depth ? [{ ...line, kind: 'head' }, ...inner] : inner
  }
  if (typeof value === 'boolean') return [{ ...line, kind: 'flag' }]
  return [{ ...line, kind: KINDS[name] ?? 'text' }]
}

function linesOfItem(pointer: string, name: string, value: Tree, place: number, depth: number): Line[] {
  const at = `${pointer}/${place}`
  const head: Line = { pointer: at, name, depth, kind: 'item', value, place }
  if (value !== null && typeof value === 'object' && !isWords(value)) {
    const inner = Object.entries(value).flatMap(([key, one]) =>
      lines(`${at}/${key}`, key, one, depth + 1),
    )
    return [head, ...inner]
  }
  return [head, ...lines(at, name, value, depth + 1)]
}

function isWords(value: Tree): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && 'zh-CN' in value
}
