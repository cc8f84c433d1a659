/** A place in S3. */
export interface Location {
  bucket: string
  /** Without a slash at its begin; with one at its end where it names a folder. */
  key: string
}

/** Reads `s3://bucket/folder/`; undefined for what is not such a place. */
export function readLocation(text: string): Location | undefined {
  const [, bucket = '', key = ''] = /^s3[an]?:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\s\S]*))?$/.exec(text) ?? []
  return bucket === '' ? undefined : { bucket, key }
}

/** The folder of a place: keys below it begin so. */
export const folderOf = ({ bucket, key }: Location): Location => ({
  bucket,
  key: key === '' || key.endsWith('/') ? key : `${key}/`,
})

export const printLocation = ({ bucket, key }: Location): string => `s3://${bucket}/${key}`
