import { confirmPurge } from './confirm.js'
import { byId, cell, fillRows, make } from './elements.js'
import { toCount, toDuration, toInstant, toSize } from './numbers.js'
import { hasToken, order, read, setToken } from './server.js'

const PAGE = 25
/** After a change the list is read again, but no sooner than this, in ms. */
const CALM_MS = 2_000

/** Columns: what is sorted by, the head, whether it is a number, and the text. */
const COLUMNS = [
  ['storedAt', 'stored', '', ({ storedAt }) => toInstant(storedAt)],
  ['model', 'model', '', ({ model }) => model],
  ['route', 'route', '', ({ route }) => route],
  ['kind', 'kind', '', ({ kind }) => kind],
  ['hits', 'hits', 'number', ({ hits }) => toCount(hits)],
  ['costMs', 'saves', 'number', ({ costMs }) => toDuration(costMs)],
  ['tokens', 'tokens', 'number', ({ tokens }) => toCount(tokens)],
  ['bytes', 'size', 'number', ({ bytes }) => toSize(bytes)],
  ['expiresAt', 'expires', '', ({ expiresAt }) => toInstant(expiresAt)],
  ['key', 'key', '', ({ key }) => make('code', { title: key }, key.slice(0, 10))],
]

/** The entries: filtered, sorted, paged and purged. They are read anew after something changed. */
export function createEntries() {
  const form = byId('filter')
  const view = { sort: 'storedAt', order: 'descending', offset: 0, total: 0 }
  let timer

  async function show() {
    clearTimeout(timer)
    timer = undefined
    try {
      const { sort, order: direction, offset } = view
      const query = { ...toFilter(form), sort, order: direction, limit: PAGE, offset }
      const page = await read(`entries?${new URLSearchParams(query)}`)
      view.total = page.total
      // Others may have gone meanwhile: an empty page behind the last one helps nobody.
      if (page.total > 0 && page.entries.length === 0)
        return from(Math.floor((page.total - 1) / PAGE) * PAGE)
      const rows = page.entries.map((entry) => toRow(entry, purge))
      fillRows(byId('entry-rows'), rows, 'No entries, or none that match.')
      showPager(view)
    } catch (error) {
      say(error.message)
    }
  }

  function from(offset) {
    view.offset = offset
    return show()
  }

  async function purge(filter, text) {
    if (!(await confirmPurge(text))) return
    try {
      const { entries } = await order('purge', JSON.stringify(filter))
      say(`${toCount(entries)} ${entries === 1 ? 'entry was' : 'entries were'} purged.`)
      await show()
    } catch (error) {
      if (/token/.test(error.message)) setToken('')
      say(error.message)
    }
  }

  listenToForm(form, { from, purge, view })
  byId('entries-before').addEventListener('click', () => from(Math.max(0, view.offset - PAGE)))
  byId('entries-after').addEventListener('click', () => from(view.offset + PAGE))
  showHeads(view, () => from(0))
  return {
    show,
    choose(model) {
      form.reset()
      form.elements.model.value = model
      void from(0)
      byId('entries').scrollIntoView()
      form.elements.model.focus({ preventScroll: true })
    },
    changed() {
      timer ??= setTimeout(show, CALM_MS)
    },
  }
}

function listenToForm(form, { from, purge, view }) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void from(0)
  })
  // The fields are empty only after the event.
  form.addEventListener('reset', () => queueMicrotask(() => void from(0)))
  byId('purge-matching').addEventListener('click', async () => {
    await from(0)
    const filter = toFilter(form)
    const isAll = Object.keys(filter).length === 0
    const count = `${toCount(view.total)} ${view.total === 1 ? 'entry' : 'entries'}`
    const text = isAll ? `Everything goes: ${count}.` : `${count} that match the filter go.`
    await purge(isAll ? { all: true } : filter, text)
  })
}

function toFilter(form) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, value.trim()])
  const given = Object.fromEntries(fields.filter(([, value]) => value !== ''))
  if ('olderThanSeconds' in given) given.olderThanSeconds = Number(given.olderThanSeconds)
  return given
}

/** Heads are buttons: what is chosen again turns round. */
function showHeads(view, onSorted) {
  const heads = COLUMNS.map(([field, label, className]) => {
    const button = make('button', { type: 'button', className: 'sort' }, label)
    const head = make('th', { scope: 'col', className }, button)
    button.addEventListener('click', () => {
      const isAgain = view.sort === field
      view.order = isAgain && view.order === 'descending' ? 'ascending' : 'descending'
      view.sort = field
      mark()
      onSorted()
    })
    return head
  })
  function mark() {
    for (const [i, [field]] of COLUMNS.entries()) {
      heads[i].setAttribute('aria-sort', field === view.sort ? view.order : 'none')
    }
  }
  mark()
  const last = make('th', { scope: 'col' }, make('span', { className: 'hidden' }, 'purge'))
  byId('entry-heads').replaceChildren(...heads, last)
}

function toRow(entry, purge) {
  const { key, model } = entry
  const name = `Purge the entry ${key.slice(0, 10)} of ${model}`
  const look = {
    type: 'button',
    className: 'small danger',
    'aria-label': name,
    data: { focus: key },
  }
  const button = make('button', look, 'purge')
  button.addEventListener('click', () => purge({ key }, `One entry of ${model} goes: ${key}`))
  const cells = COLUMNS.map(([, , className, toText]) => cell(toText(entry), className))
  return make('tr', {}, ...cells, cell(button))
}

function showPager({ offset, total }) {
  const last = Math.min(offset + PAGE, total)
  byId('entries-page').textContent =
    total === 0 ? '' : `${toCount(offset + 1)} to ${toCount(last)} of ${toCount(total)}`
  byId('entries-before').disabled = offset === 0
  byId('entries-after').disabled = last >= total
  byId('purge-matching').disabled = total === 0
}

function say(text) {
  const hint = hasToken() ? '' : ' Purging asks for the token of the server.'
  byId('entries-note').textContent = text + hint
}
