import { dialects, type Migration } from '../../../core/sql.ts'

export const cloudWatchMigrations: readonly Migration[] = [
  {
    name: '0040-monitoring-metrics',
    async up(sql) {
      const { text, integer, bytes, clustered } = dialects[sql.dialect]
      // What each metric is, and when its latest data are of.
      await sql.run(`CREATE TABLE monitoring_series (account ${text} NOT NULL, region ${text} NOT NULL,
        namespace ${text} NOT NULL, name ${text} NOT NULL, series ${text} NOT NULL, dimensions ${text} NOT NULL,
        last_seconds ${integer} NOT NULL,
        PRIMARY KEY (account, region, namespace, name, series)) ${clustered}`)
      await sql.run('CREATE INDEX monitoring_series_by_age ON monitoring_series (last_seconds)')
      // One row for each series, unit and time; by stretches of time, so that what is old stands together.
      await sql.run(`CREATE TABLE monitoring_data (resolution ${integer} NOT NULL, chunk ${integer} NOT NULL,
        series ${text} NOT NULL, start_seconds ${integer} NOT NULL, unit ${text} NOT NULL, data ${bytes} NOT NULL,
        PRIMARY KEY (resolution, chunk, series, start_seconds, unit)) ${clustered}`)
    },
  },
  {
    name: '0041-monitoring-alarm-history',
    async up(sql) {
      const { text, integer, rowid } = dialects[sql.dialect]
      await sql.run(`CREATE TABLE monitoring_alarm_history (account ${text} NOT NULL, region ${text} NOT NULL,
        alarm ${text} NOT NULL, at_ms ${integer} NOT NULL, id ${text} NOT NULL, alarm_type ${text} NOT NULL,
        item_type ${text} NOT NULL, summary ${text} NOT NULL, data ${text} NOT NULL, PRIMARY KEY (id)) ${rowid}`)
      await sql.run(`CREATE INDEX monitoring_alarm_history_by_time
        ON monitoring_alarm_history (account, region, at_ms, id)`)
      await sql.run(`CREATE INDEX monitoring_alarm_history_by_alarm
        ON monitoring_alarm_history (account, region, alarm, at_ms, id)`)
      await sql.run('CREATE INDEX monitoring_alarm_history_by_age ON monitoring_alarm_history (at_ms)')
    },
  },
]
