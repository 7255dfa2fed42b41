/** A client, and the flight it is in. */
type Client = { isHere: boolean; end: string | undefined; readonly trip: Trip }

/** A flight, and the run it has under way. */
class Trip {
  state: 'queued' | 'waiting' | 'backing-off' | 'streaming' | 'over' = 'queued'
  readonly clients: Client[] = []
  runner: Client | undefined
  runs = 0
  status = 200
  frames = 0
  bytes = 0
  rest = ''
  isConnected = false
  isHeld = false
  wakeAt: number | undefined
  here = (): Client[] => this.clients.filter(({ isHere }) => isHere)
}

/** Flights of one question once more, as plainly as they can be said, with one slot. Of bytes only counts are kept. */
export class Reference {
  readonly sent: string[] = []
  readonly ends: string[] = []
  readonly clients: Client[] = []
  readonly questions: Trip[] = []
  readonly rules: { readonly finishFrames: number; readonly maxBytes: number; retries: number }
  /** Those that are not over, in the order of their coming: only the first can have the slot. */
  trips: Trip[] = []
  now = 0
  isTaken = true
  isDraining = false
  constructor(rules: Reference['rules']) {
    this.rules = { ...rules }
  }
  running = (): Trip | undefined => this.trips.find(({ state }) => state !== 'queued')
  isFull = ({ bytes }: Trip): boolean => bytes > this.rules.maxBytes
  over(trip: Trip, end: string, told: string): void {
    for (const client of trip.here()) client.end = told
    Object.assign(trip, { state: 'over', isHeld: false, wakeAt: undefined })
    this.trips = this.trips.filter((each) => each !== trip)
    this.ends.push(end)
    this.startNext()
  }
  abandon = (trip: Trip): void => this.over(trip, `abandoned ${trip.state}`, '')
  startNext(): void {
    const [next] = this.trips
    if (next?.state === 'queued' && !this.isTaken) this.send(next, next.clients[0], 'first')
  }
  send(trip: Trip, runner: Client | undefined, why: string): void {
    const fresh = { state: 'waiting', isConnected: false, wakeAt: undefined }
    Object.assign(trip, { ...fresh, runner, runs: trip.runs + 1 })
    this.sent.push(why)
  }
  join(): void {
    const found = this.trips.find((trip) => trip.status === 200 && !this.isFull(trip))
    const trip = found ?? new Trip()
    const client = { isHere: true, end: undefined, trip }
    trip.clients.push(client)
    this.clients.push(client)
    if (trip.isHeld) Object.assign(trip, { isHeld: false, wakeAt: undefined })
    if (found !== undefined) return
    this.trips.push(trip)
    if (this.isDraining) this.over(trip, 'refused draining', 'refused draining')
    else this.startNext()
  }
  leave(client: Client): void {
    const { trip, isHere } = client
    client.isHere = false
    if (!isHere || trip.state === 'over' || trip.here().length > 0) return
    const isFar = trip.state === 'streaming' && trip.frames >= this.rules.finishFrames
    if (isFar && !this.isFull(trip)) return
    if (trip.state === 'waiting' && trip.isConnected) {
      Object.assign(trip, { isHeld: true, wakeAt: this.now + 50 })
      this.questions.push(trip)
    } else this.abandon(trip)
  }
  head(trip: Trip, status: number): void {
    trip.state = 'streaming'
    if (trip.isHeld) this.abandon(trip)
    else Object.assign(trip, { status, rest: '', frames: status === 200 ? 0 : 1 })
  }
  data(trip: Trip, piece: string): void {
    const text = trip.rest + piece
    const end = trip.status === 200 ? text.lastIndexOf('\n') + 1 : text.length
    // The head of an error counts as its first frame.
    const isCounted = trip.status !== 200 && trip.bytes === 0
    trip.frames += trip.status === 200 ? text.split('\n').length - 1 : isCounted ? 0 : 1
    trip.bytes += end
    trip.rest = text.slice(end)
    if (this.isFull(trip) && trip.here().length === 0) this.abandon(trip)
  }
  fail(trip: Trip, reason: string): void {
    const { runner, frames, runs } = trip
    const isFinal = reason === 'connect-timeout' || runs > 1 || frames > 0
    const heir = trip.here().find((client) => client !== runner)
    const kind = frames > 0 ? 'cut' : runs > 1 ? 'give-up' : 'transient'
    if (!isFinal && heir !== undefined) this.send(trip, heir, 'promoted')
    else if (!isFinal && runner?.isHere && this.rules.retries-- > 0)
      this.send(trip, runner, 'retried')
    else this.over(trip, `${kind} ${reason}`, `failed ${reason}`)
  }
  busy(trip: Trip): void {
    if (trip.runs < 2 && !trip.isHeld && this.rules.retries-- > 0)
      Object.assign(trip, { state: 'backing-off', wakeAt: this.now + 10 })
    else if (trip.isHeld) this.abandon(Object.assign(trip, { state: 'streaming' }))
    else this.over(trip, 'done', 'ended')
  }
  residency(answer: string): void {
    const trip = this.questions.shift()
    if (trip?.isHeld && answer !== 'loading') this.abandon(trip)
  }
  reach(now: number): void {
    this.now = now
    const trip = this.running()
    if (trip?.wakeAt === undefined || trip.wakeAt > now) return
    if (trip.state === 'backing-off') this.send(trip, trip.runner, 'busy')
    else this.abandon(trip)
  }
  refuse(): void {
    this.isDraining = true
    for (const trip of this.trips.filter(({ state }) => state === 'queued'))
      this.over(trip, 'refused draining', 'refused draining')
  }
}
