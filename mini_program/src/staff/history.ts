/** What happened, as staff read it in a history. */

import { word } from '@/core/i18n'

/** Name an event in the staff's words; where they have none, in those of everyone's timeline. */
export function didWhat(event: string): string {
  const said = word('did', event)
  const words = said === event ? word('event', event) : said
  return words.charAt(0).toUpperCase() + words.slice(1)
}
