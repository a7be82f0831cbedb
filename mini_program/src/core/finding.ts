/** Options found by what people type of their names. */

export type Option = { value: string; title: string }

const ACCENTS = /[\u0300-\u036f]/g
const BETWEEN = /[\s\-–,()（）'’]+/

/**
 * Return the options that words mean, the likest first.
 *
 * A name is meant by its code, by its words' first letters (UK), by its beginning or that of a word in
 * it, by any part of it, and in Chinese by some of its characters in their order (沙特, 阿联酋).
 */
export function found(options: Option[], words: string): Option[] {
  const said = plain(words)
  if (!said) return options
  const ranked = options.map((one) => ({ one, rank: likeness(one, said) }))
  const hits = ranked.filter((each) => each.rank >= 0)
  // A stable sort keeps the order of the list among equals.
  return hits.sort((a, b) => a.rank - b.rank).map((each) => each.one)
}

function likeness(option: Option, said: string): number {
  const name = plain(option.title)
  const parts = name.split(BETWEEN).filter(Boolean)
  const initials = parts.map((part) => part[0]).join('')
  const ways = [
    name === said || option.value.toLowerCase() === said,
    parts.length > 1 && initials === said,
    name.startsWith(said),
    parts.some((part) => part.startsWith(said)),
    name.includes(said),
    /[\u3400-\u9fff]/.test(said) && inOrder(name, said),
  ]
  return ways.indexOf(true)
}

/** Tell whether all characters stand in a name, one after the other. */
function inOrder(name: string, said: string): boolean {
  let at = -1
  return [...said].every((letter) => (at = name.indexOf(letter, at + 1)) >= 0)
}

/** Return what was typed as it is meant: full-width signs, of a Chinese keyboard, as plain ones. */
export function halfWidth(typed: string): string {
  return typed.normalize('NFKC').trim()
}

function plain(words: string): string {
  return words.normalize('NFKD').replace(ACCENTS, '').trim().toLowerCase()
}
