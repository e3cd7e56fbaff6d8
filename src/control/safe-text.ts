/** Words of an error that came from elsewhere, as they may leave: no URL's secrets, no path of this machine, one line. */
import { maskUrls } from '../telemetry/mask.ts'

const LONGEST = 300
const PATHS = /(?<![\w:/])(?:file:\/\/|[A-Za-z]:)?(?:[\\/][\w.@~+-]+){2,}/g

/** The first line of `text`, URLs masked, paths cut to `…`, at most 300 characters. */
export function safeText(text: string): string {
  const [line = ''] = text.split('\n', 1)
  return maskUrls(line).replace(PATHS, '…').slice(0, LONGEST)
}
