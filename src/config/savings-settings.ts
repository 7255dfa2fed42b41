import { Type } from '../json-schema.ts'
import { setting } from './shapes.ts'

/** What turns saved seconds into energy and money. */
export const SAVINGS_SETTINGS = {
  'savings.watts': setting(Type.Number({ minimum: 0 }), {
    fallback: 0,
    help: 'What the machine of the model draws while it generates, beyond what it draws at rest, in watts; 0: savings are told in seconds and tokens only.',
    allowed: 'a number of watts, 0 or more',
  }),
  'savings.pricePerKwh': setting(Type.Number({ minimum: 0 }), {
    fallback: 0,
    help: 'Price of a kilowatt-hour; 0: savings are not told in money.',
    allowed: 'a number, 0 or more',
  }),
  'savings.currency': setting(Type.String({ maxLength: 8 }), {
    fallback: '',
    help: 'What stands behind amounts of money.',
    allowed: 'a text of at most 8 characters, as "EUR"',
  }),
} as const
