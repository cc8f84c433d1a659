import type { SettingsSpec } from '../core/services/service-module.ts'

export interface ServerSettings {
  'ledger.data-events': 'wanted' | 'all'
}

/** The settings that belong to no service. */
export const serverSettings: SettingsSpec<ServerSettings> = {
  'ledger.data-events': {
    description: 'Which data events the ledger records: those that a trail or an event data store wants, or all.',
    values: { wanted: 'wanted', all: 'all' },
    default: 'wanted',
  },
}
