import { byId, cell, fillRows, make, outcomeWord } from './elements.js'
import { toCount, toDuration, toTime } from './numbers.js'

/** Rows that are kept; older ones go. */
const MAX_ROWS = 100

const NONE = 'No request has ended yet.'

/** The requests as they end. While it is paused they are counted, and come when it goes on. */
export function createRequests() {
  const pause = byId('pause')
  const rows = byId('request-rows')
  let kept = []
  let waiting = []
  let skipped = 0
  let drawing = false

  const isPaused = () => pause.getAttribute('aria-pressed') === 'true'

  /** Many may end between two pictures of the screen. */
  function showSoon() {
    if (drawing) return
    drawing = true
    requestAnimationFrame(() => {
      drawing = false
      if (!isPaused()) {
        kept = [...waiting.reverse(), ...kept].slice(0, MAX_ROWS)
        waiting = []
        fillRows(rows, kept.map(toRow), NONE)
      }
      byId('requests-note').textContent = toNote()
    })
  }

  function toNote() {
    const more = skipped === 0 ? '' : ` ${toCount(skipped)} came too fast to be shown one by one.`
    if (!isPaused()) return `As they end, the newest first.${more}`
    return `Paused; ${toCount(waiting.length)} have ended since.${more}`
  }

  pause.addEventListener('click', () => {
    pause.setAttribute('aria-pressed', String(!isPaused()))
    pause.textContent = isPaused() ? 'Go on' : 'Pause'
    showSoon()
  })

  return {
    past(requests) {
      kept = []
      waiting = requests.slice(-MAX_ROWS)
      showSoon()
    },
    add(request) {
      waiting.push(request)
      if (waiting.length > 2 * MAX_ROWS) waiting = waiting.slice(-MAX_ROWS)
      showSoon()
    },
    skip(count) {
      if (count === 0) return
      skipped += count
      showSoon()
    },
  }
}

function toRow({ at, outcome, reason, route, model, status, ms, savedMs }) {
  const why = reason === undefined ? undefined : make('span', { className: 'reason' }, ` ${reason}`)
  return make(
    'tr',
    {},
    cell(toTime(at), 'time'),
    make('td', {}, outcomeWord(outcome), why),
    cell(route),
    cell(model === 'none' ? '–' : model),
    cell(status, 'number'),
    cell(toDuration(ms), 'number'),
    cell(savedMs === undefined ? '–' : toDuration(savedMs), 'number'),
  )
}
