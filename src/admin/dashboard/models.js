import { byId, cell, fillRows, make } from './elements.js'
import { toCount, toDuration, toInstant, toPercent, toSize } from './numbers.js'
import { read } from './server.js'

/** After a change the models are read again, but no sooner than this, in ms. */
const CALM_MS = 2_000

/** The models of the origin. They are read when the page opens, on request, and after something changed. */
export function createModels({ onChosen }) {
  let timer

  async function show() {
    clearTimeout(timer)
    timer = undefined
    try {
      const { models, loadState } = await read('models')
      const rows = models.map((model) => toRow(model, loadState, onChosen))
      fillRows(byId('model-rows'), rows, 'The origin has no models, or was never reached.')
      byId('models-note').textContent =
        loadState === 'known' ? '' : 'Ollama does not say which of them are in memory.'
    } catch (error) {
      byId('models-note').textContent = error.message
    }
  }

  byId('models-again').addEventListener('click', show)
  return {
    show,
    changed() {
      timer ??= setTimeout(show, CALM_MS)
    },
  }
}

function toRow({ name, digest, loaded, entries, hitRate, savedSeconds }, loadState, onChosen) {
  const button = make(
    'button',
    {
      type: 'button',
      className: 'small',
      'aria-label': `Entries of ${name}`,
      data: { focus: name },
    },
    'entries',
  )
  button.addEventListener('click', () => onChosen(name))
  const shortDigest = make('code', { title: digest }, digest.slice(0, 12))
  return make(
    'tr',
    {},
    make('th', { scope: 'row' }, name),
    cell(shortDigest),
    cell(toLoadWord(loaded, loadState)),
    cell(toCount(entries), 'number'),
    cell(toPercent(hitRate), 'number'),
    cell(toDuration(savedSeconds * 1_000), 'number'),
    cell(button),
  )
}

function toLoadWord(loaded, loadState) {
  if (loadState === 'unknown') return 'unknown'
  if (loaded === null) return 'no'
  const { bytes, gpuBytes, until } = loaded
  const size = bytes === null ? '' : `, ${toSize(bytes)}`
  const gpu = gpuBytes && bytes ? ` (${Math.round((gpuBytes / bytes) * 100)} % GPU)` : ''
  const leaves = until === null ? NaN : Date.parse(until)
  return `yes${size}${gpu}${leaves > Date.now() ? `, until ${toInstant(leaves)}` : ''}`
}
