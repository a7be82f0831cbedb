/** Adds the texts of who one is and for whom one may act, whose package is loaded apart. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
