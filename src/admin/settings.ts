import type { FastifyInstance } from 'fastify'

/** One setting as it is in force. */
export interface SettingInForce {
  readonly key: string
  readonly value: unknown
  /** `default`, `file`, `environment` or `flag`. */
  readonly source: string
  /** The name by which the environment sets it. */
  readonly environment: string
}

/** What the route needs of the rest. */
export interface SettingsOptions {
  /** Every key. None of them is a secret. */
  settings(): readonly SettingInForce[]
}

/** `GET /reprise/config`: every key with its value in force and where it comes from. */
export function registerSettings(app: FastifyInstance, options: SettingsOptions): void {
  app.get('/reprise/config', async () => ({ settings: options.settings() }))
}
