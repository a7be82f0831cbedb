import type { zh } from './zh'

/** The English texts of the assistant. */
export const en: Record<keyof typeof zh, string> = {
  'assistant.title': 'Ask a question',
  'assistant.how': 'Ask in your own words: what to bring, what it costs, how long it takes, where. Answers come from the guides and published answers only.',
  'assistant.try1': 'What do I need to renew my ID card?',
  'assistant.try2': 'How much is a passport and how long does it take?',
  'assistant.try3': 'Where do I register a birth?',
  'assistant.try4': 'How far is my application?',
  'assistant.bring': 'What do I bring?',
  'assistant.cost': 'How much is it?',
  'assistant.long': 'How long does it take?',
  'assistant.where': 'Where is it done?',
  'assistant.source': 'From the guide or a published answer.',
  'assistant.guide': 'Read the guide',
  'assistant.book': 'Book a visit',
  'assistant.apply': 'Apply online',
  'assistant.progress': 'Have a look',
  'assistant.enquire': 'Ask the office',
  'assistant.yes': 'Helpful',
  'assistant.no': 'Not helpful',
  'assistant.thanks': 'Thank you, we have noted it.',
  'assistant.ask': 'Your question',
  'assistant.private': 'Leave out identity numbers and telephones.',
  'assistant.send': 'Ask',
}
