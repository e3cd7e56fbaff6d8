/** What one look found, and where it was looked. */
import type { Finding as Found } from '../store/examine.ts'

export type Finding = Found

/** What was looked over, and what was found there. */
export interface Section {
  name: string
  findings: Finding[]
}

export const ok = (check: string, text: string): Finding => ({ check, state: 'ok', text })
export const warn = (check: string, text: string, fix: string): Finding => ({ check, state: 'warn', text, fix })
export const fail = (check: string, text: string, fix: string): Finding => ({ check, state: 'fail', text, fix })

/** Longest look at one thing, ms. */
export const PATIENCE = 10_000
