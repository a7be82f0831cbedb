/** Adds the texts of what a city publishes of its work, whose package is loaded apart. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
