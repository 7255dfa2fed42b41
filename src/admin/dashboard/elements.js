/** The element with an id of index.html. */
export const byId = (id) => document.getElementById(id)

/**
 * Makes an element. Children that are no elements become text: whatever a model is called stays text. Properties with a
 * dash are attributes, `data` is an object of data attributes.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(element.dataset, value)
    else if (name.includes('-') || name === 'scope') element.setAttribute(name, value)
    else element[name] = value
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}

/** A cell of a table. */
export const cell = (content, className = '') => make('td', { className }, content)

/** The word of an outcome with its colour; the colour says nothing that the word does not. */
export const outcomeWord = (word) => make('span', { className: 'word', data: { word } }, word)

/** Puts rows into a table's body, or one line where there are none. */
export function fillRows(body, rows, sayNone) {
  const columns = body.parentElement.tHead.rows[0].cells.length
  const none = make('td', { className: 'empty', colSpan: columns }, sayNone)
  keepFocus(body, () => body.replaceChildren(...(rows.length > 0 ? rows : [make('tr', {}, none)])))
}

/** Whoever stands on a button with a `data-focus` still does after the buttons have been made anew. */
function keepFocus(parent, change) {
  const { activeElement } = document
  const name = parent.contains(activeElement) ? activeElement.dataset.focus : undefined
  change()
  if (name === undefined) return
  for (const each of parent.querySelectorAll('[data-focus]')) {
    if (each.dataset.focus === name) each.focus()
  }
}
