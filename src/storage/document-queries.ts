// The statements over the tables `documents` and `document_index`: constants, so that each is prepared once.

export const selectOne = 'SELECT document FROM documents WHERE collection = ? AND account = ? AND region = ? AND id = ?'

export const upsert = `INSERT INTO documents (collection, account, region, id, document) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (collection, account, region, id) DO UPDATE SET document = excluded.document`

export const deleteOne = 'DELETE FROM documents WHERE collection = ? AND account = ? AND region = ? AND id = ?'

/** A statement for ids behind one, and for ids from one on and before another. */
const forRanges = (column: string, statement: (ids: string) => string) => ({
  behind: statement(`${column} > ?`),
  within: statement(`${column} >= ? AND ${column} < ?`),
})

const ofScope = 'collection = ? AND account = ? AND region = ?'

export const selectScope = forRanges(
  'id',
  (ids) => `SELECT id, document FROM documents WHERE ${ofScope} AND ${ids} ORDER BY id LIMIT ?`,
)

export const countScope = forRanges(
  'id',
  (ids) => `SELECT COUNT(*) AS total FROM (SELECT id FROM documents WHERE ${ofScope} AND ${ids} LIMIT ?) AS matched`,
)

const backwards = 'ORDER BY id DESC LIMIT ?'

export const selectScopeBackwards = `SELECT id, document FROM documents WHERE ${ofScope} ${backwards}`

export const selectScopeBefore = `SELECT id, document FROM documents WHERE ${ofScope} AND id < ? ${backwards}`

export const selectScopeWithinBackwards = `SELECT id, document FROM documents
  WHERE ${ofScope} AND id >= ? AND id < ? ${backwards}`

const ofIndex = 'i.collection = ? AND i.account = ? AND i.region = ? AND i.name = ?'

const fromIndex = `SELECT d.id, d.document FROM document_index i JOIN documents d
  ON d.collection = i.collection AND d.account = i.account AND d.region = i.region AND d.id = i.id
  WHERE ${ofIndex}`

export const selectIndexed = forRanges('i.id', (ids) => `${fromIndex} AND i.value = ? AND ${ids} ORDER BY i.id LIMIT ?`)

export const countIndexed = forRanges(
  'i.id',
  (ids) => `SELECT COUNT(*) AS total FROM
  (SELECT i.id FROM document_index i WHERE ${ofIndex} AND i.value = ? AND ${ids} LIMIT ?) AS matched`,
)

export const selectForwards = `${fromIndex} AND (i.value, i.id) > (?, ?) ORDER BY i.value, i.id LIMIT ?`

export const selectBackwards = `${fromIndex} AND (i.value, i.id) < (?, ?) ORDER BY i.value DESC, i.id DESC LIMIT ?`

/** Found by how the id begins, or a value of an index. */
export const selectIds = {
  id: `SELECT id FROM documents WHERE ${ofScope} AND id >= ? AND id < ? LIMIT ?`,
  index: `SELECT i.id FROM document_index i WHERE ${ofIndex} AND i.value >= ? AND i.value < ? LIMIT ?`,
}

/** The limit keeps the databases from going through the order in place of what was found. */
const placesOf = (found: string) => `SELECT o.id, o.value FROM (${found}) AS found JOIN document_index o
  ON o.id = found.id WHERE o.collection = ? AND o.account = ? AND o.region = ? AND o.name = ?`

export const selectPlaces = { id: placesOf(selectIds.id), index: placesOf(selectIds.index) }

/** The documents of a collection in all accounts and regions. */
export const selectDocuments = `SELECT account, region, id, document FROM documents
  WHERE collection = ? AND (account, region, id) > (?, ?, ?) ORDER BY account, region, id LIMIT ?`

export const selectEntries =
  'SELECT name, value FROM document_index WHERE collection = ? AND account = ? AND region = ? AND id = ?'

export const deleteEntry = `DELETE FROM document_index
  WHERE collection = ? AND account = ? AND region = ? AND name = ? AND value = ? AND id = ?`

export const insertEntry =
  'INSERT INTO document_index (collection, account, region, name, value, id) VALUES (?, ?, ?, ?, ?, ?)'
