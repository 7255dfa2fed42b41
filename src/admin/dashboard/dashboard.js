import { byId } from './elements.js'
import { createEntries } from './entries.js'
import { createExplain } from './explain.js'
import { createModels } from './models.js'
import { createOverview } from './overview.js'
import { createRequests } from './requests.js'
import { showSettings } from './settings.js'

const overview = createOverview()
const requests = createRequests()
const entries = createEntries()
const models = createModels({ onChosen: (name) => entries.choose(name) })
/** What the lists below were last read for. */
let seen = ''

/** Everything that moves comes from here; nothing is asked over and over. */
function listen() {
  const events = new EventSource('events')
  events.addEventListener('past', ({ data }) => {
    const past = JSON.parse(data)
    overview.past(past.minutes)
    requests.past(past.requests)
  })
  events.addEventListener('state', ({ data }) => {
    const state = JSON.parse(data)
    overview.show(state)
    requests.skip(state.skipped)
    readAfterChange(state.stats)
  })
  events.addEventListener('request', ({ data }) => requests.add(JSON.parse(data)))
  events.addEventListener('open', () => connection('live', 'live'))
  events.addEventListener('error', () => connection('lost', 'connection lost, trying again'))
}

/** Entries and models are worth reading again when the numbers say that they are others. */
function readAfterChange({ entries: kept, requests: counts }) {
  const now = JSON.stringify([kept.total, counts])
  if (seen !== '' && seen !== now) {
    entries.changed()
    models.changed()
  }
  seen = now
}

function connection(state, text) {
  const place = byId('connection')
  place.dataset.state = state
  place.textContent = text
}

// Tables that are wider than the screen are scrolled by keyboard too; not every browser sees to that itself.
for (const box of document.querySelectorAll('.scroll')) box.tabIndex = 0

createExplain()
listen()
void entries.show()
void models.show()
void showSettings()
