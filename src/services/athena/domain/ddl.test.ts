import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import { cloudTrailTable } from '../../../testing/trail-samples.ts'
import { readStatement, statementTypeOf } from './statement.ts'

const ddlOf = (text: string) => {
  const statement = readStatement(text)
  assert.equal(statement.kind, 'ddl')
  return statement.kind === 'ddl' ? statement.ddl : undefined
}

test('the statement that makes the table of a trail is read whole', () => {
  const ddl = ddlOf(cloudTrailTable('bucket'))
  assert.ok(ddl?.kind === 'createTable')
  assert.equal(ddl.columns.length, 29)
  const [, identity] = ddl.columns
  assert.match(identity?.type ?? '', /^struct<type:string,principalid:string,.*attributes:map<string,string>>>>$/)
  assert.deepEqual(ddl.partitionColumns, [{ name: 'timestamp', type: 'string' }])
  assert.equal(ddl.serde, 'org.apache.hive.hcatalog.data.JsonSerDe')
  assert.equal(ddl.inputFormat, 'com.amazon.emr.cloudtrail.CloudTrailInputFormat')
  assert.equal(ddl.properties['projection.timestamp.range'], '2020/01/01,NOW')
  assert.match(ddl.properties['storage.location.template'] ?? '', /\/\$\{timestamp\}$/)
})

test('a table of delimited text has its delimiters, with the escapes of Hive', () => {
  const ddl = ddlOf(`CREATE EXTERNAL TABLE IF NOT EXISTS d.t (a int COMMENT 'it''s', b array<string>)
    ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' COLLECTION ITEMS TERMINATED BY '\\002' STORED AS TEXTFILE LOCATION "s3://b/k/"`)
  assert.ok(ddl?.kind === 'createTable')
  assert.deepEqual(ddl.table, { database: 'd', name: 't' })
  assert.deepEqual(ddl.columns[0], { name: 'a', type: 'int', comment: "it's" })
  assert.equal(ddl.serdeProperties['field.delim'], '\t')
  assert.equal(ddl.serdeProperties['collection.delim'], '\u0002')
  assert.equal(ddl.ifNotExists, true)
})

test('partitions are added with their locations, several in one statement', () => {
  const ddl = ddlOf(
    "ALTER TABLE t ADD IF NOT EXISTS PARTITION (year = '2024', month=5) LOCATION 's3://b/x' PARTITION (year='2024', month=6)",
  )
  assert.deepEqual(ddl, {
    ...{ kind: 'addPartitions', table: { name: 't' }, ifNotExists: true },
    partitions: [
      { values: { year: '2024', month: '5' }, location: 's3://b/x' },
      { values: { year: '2024', month: '6' } },
    ],
  })
})

test('other statements about the catalogue are read', () => {
  const kinds = [
    ["CREATE DATABASE IF NOT EXISTS d COMMENT \"c\" WITH DBPROPERTIES ('a'='b')", 'createDatabase'],
    ['DROP SCHEMA IF EXISTS d CASCADE;', 'dropDatabase'],
    ['drop view v', 'dropTable'],
    ["ALTER TABLE t DROP PARTITION (a='1'), PARTITION (a='2')", 'dropPartitions'],
    ["ALTER TABLE t SET TBLPROPERTIES ('a'='b')", 'setProperties'],
    ["ALTER TABLE t SET LOCATION 's3://b/'", 'setLocation'],
    ['ALTER TABLE t ADD COLUMNS (c map<string,int>)', 'addColumns'],
    ['MSCK REPAIR TABLE `d`.`t`', 'repairTable'],
    ["SHOW DATABASES LIKE 'a*'", 'showDatabases'],
    ["SHOW TABLES IN d 'x|y*'", 'showTables'],
    ['SHOW COLUMNS IN t IN d', 'showColumns'],
    ['SHOW PARTITIONS t', 'showPartitions'],
    ['SHOW CREATE TABLE t', 'showCreateTable'],
    ["SHOW TBLPROPERTIES t ('a')", 'showProperties'],
    ['DESCRIBE FORMATTED t', 'describe'],
  ] as const
  for (const [text, kind] of kinds) assert.equal(ddlOf(text)?.kind, kind, text)
})

test('what cannot be read says where, and what would have been expected', () => {
  const errorOf = (text: string) => {
    try {
      readStatement(text)
    } catch (error) {
      assert.ok(error instanceof SqlError)
      return error.text
    }
    return undefined
  }
  assert.equal(
    errorOf('SHOW NOTHING'),
    "SYNTAX_ERROR: line 1:6: mismatched input 'NOTHING'. Expecting: 'DATABASES', 'SCHEMAS', 'TABLES', 'VIEWS', 'COLUMNS', 'PARTITIONS', 'CREATE', 'TBLPROPERTIES'",
  )
  assert.equal(
    errorOf('CREATE EXTERNAL TABLE t\n(a nothing)'),
    "SYNTAX_ERROR: line 2:4: Invalid type: type expected at 'nothing'",
  )
  assert.equal(
    errorOf('CREATE TABLE t (a int)'),
    "SYNTAX_ERROR: line 1:8: mismatched input 'TABLE'. Expecting: 'EXTERNAL'",
  )
  assert.equal(
    errorOf("CREATE EXTERNAL TABLE t (a int) STORED AS ORC LOCATION 's3://b/'"),
    'NOT_SUPPORTED: line 1:43: STORED AS ORC is not supported',
  )
  assert.equal(errorOf('EXPLAIN SELECT 1'), 'NOT_SUPPORTED: line 1:1: EXPLAIN is not supported')
  assert.equal(errorOf('CREATE EXTERNAL TABLE t (a int)'), "SYNTAX_ERROR: line 1:32: missing 'LOCATION'")
})

test('statements with queries in them are taken apart', () => {
  assert.deepEqual(
    readStatement("UNLOAD (SELECT ')' FROM t) TO 's3://b/k' WITH (format = 'JSON', partitioned_by = ARRAY['a', 'b'])"),
    {
      ...{ kind: 'unload', query: "SELECT ')' FROM t", location: 's3://b/k' },
      properties: { format: 'JSON', partitioned_by: ['a', 'b'] },
    },
  )
  assert.deepEqual(readStatement("EXECUTE p USING 1, concat('a', 'b'), ARRAY[1, 2]"), {
    ...{ kind: 'execute', name: 'p', parameters: ['1', "concat('a', 'b')", 'ARRAY[1, 2]'] },
  })
  assert.deepEqual(readStatement('INSERT INTO d.t (a, b) SELECT 1, 2'), {
    ...{ kind: 'insert', database: 'd', name: 't', columns: ['a', 'b'], query: 'SELECT 1, 2' },
  })
  assert.deepEqual(readStatement('INSERT INTO t (SELECT 1)'), { kind: 'insert', name: 't', query: '(SELECT 1)' })
  assert.deepEqual(readStatement('CREATE OR REPLACE VIEW v AS SELECT 1'), {
    ...{ kind: 'createView', name: 'v', replaces: true, query: 'SELECT 1' },
  })
})

test('statements are classed before they are read', () => {
  assert.deepEqual(statementTypeOf('-- a\nselect 1'), { type: 'DML', substatement: 'SELECT' })
  assert.deepEqual(statementTypeOf('CREATE TABLE x AS SELECT 1'), {
    type: 'DDL',
    substatement: 'CREATE_TABLE_AS_SELECT',
  })
  assert.deepEqual(statementTypeOf('SHOW TABLES'), { type: 'UTILITY', substatement: 'SHOW' })
  assert.deepEqual(statementTypeOf('DROP TABLE x'), { type: 'DDL', substatement: 'DROP_TABLE' })
})
