/** Adds the texts of the staff's pages, which are a package of their own. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
