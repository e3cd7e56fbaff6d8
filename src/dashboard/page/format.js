/** Numbers and times as people read them. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const number = (value) => (value === null || value === undefined ? '–' : whole.format(value))

/** One digit behind the point below ten. */
export function short(value) {
  if (value === null || value === undefined) return '–'
  return Math.abs(value) < 10 && value % 1 ? value.toFixed(1) : whole.format(value)
}

export const percent = (share) => (share === null || share === undefined ? '–' : `${Math.round(100 * share)} %`)

export function bytes(value) {
  if (value === null || value === undefined) return '–'
  if (value < 1_000) return `${Math.round(value)} B`
  return value < 1_000_000 ? `${short(value / 1_000)} kB` : `${short(value / 1_000_000)} MB`
}

/** Milliseconds, in the unit that is read most easily. */
export function duration(ms) {
  if (ms === null || ms === undefined) return '–'
  if (ms < 1_000) return `${short(ms)} ms`
  if (ms < 60_000) return `${short(ms / 1_000)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`
}

export const clock = (at) => new Date(at).toLocaleTimeString('en-GB')
