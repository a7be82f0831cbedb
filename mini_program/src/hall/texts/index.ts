/** Adds the texts of the pages that stand in halls, which are a package of their own. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
