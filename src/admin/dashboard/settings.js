import { byId, cell, fillRows, make } from './elements.js'
import { read } from './server.js'

/** The configuration in force, with the source of each value. It cannot change while the server runs. */
export async function showSettings() {
  const rows = byId('setting-rows')
  const onlyChanged = byId('settings-changed')
  try {
    const { settings } = await read('config')
    const show = () => {
      const shown = settings.filter(({ source }) => !onlyChanged.checked || source !== 'default')
      fillRows(rows, shown.map(toRow), 'Nothing is set: everything is as it comes.')
    }
    onlyChanged.addEventListener('change', show)
    show()
  } catch (error) {
    fillRows(rows, [], error.message)
  }
}

function toRow({ key, value, source, environment }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return make(
    'tr',
    {},
    make('th', { scope: 'row' }, make('code', {}, key)),
    cell(make('code', {}, text ?? '–'), 'text'),
    cell(source),
    cell(make('code', {}, environment)),
  )
}
