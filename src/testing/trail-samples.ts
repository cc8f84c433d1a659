import { gzipSync } from 'node:zlib'

// Files as trails write them, the table that AWS's guide makes of them, and ten queries that it shows.
// https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html

const account = '111122223333'

/** The folder of a trail's files in one Region. */
export const trailFolder = `AWSLogs/${account}/CloudTrail/us-east-1`

/** The statement that makes the table of a trail, with partition projection. */
export const cloudTrailTable = (bucket: string, name = 'cloudtrail_logs'): string => `CREATE EXTERNAL TABLE ${name} (
 eventversion STRING,
 useridentity STRUCT<type:STRING,principalid:STRING,arn:STRING,accountid:STRING,invokedby:STRING,accesskeyid:STRING,username:STRING,
  onbehalfof:STRUCT<userid:STRING,identitystorearn:STRING>,
  sessioncontext:STRUCT<attributes:STRUCT<mfaauthenticated:STRING,creationdate:STRING>,
   sessionissuer:STRUCT<type:STRING,principalid:STRING,arn:STRING,accountid:STRING,username:STRING>,
   ec2roledelivery:STRING,webidfederationdata:STRUCT<federatedprovider:STRING,attributes:MAP<STRING,STRING>>>>,
 eventtime STRING, eventsource STRING, eventname STRING, awsregion STRING, sourceipaddress STRING, useragent STRING,
 errorcode STRING, errormessage STRING, requestparameters STRING, responseelements STRING, additionaleventdata STRING,
 requestid STRING, eventid STRING, readonly STRING, resources ARRAY<STRUCT<arn:STRING,accountid:STRING,type:STRING>>,
 eventtype STRING, apiversion STRING, recipientaccountid STRING, serviceeventdetails STRING, sharedeventid STRING,
 vpcendpointid STRING, vpcendpointaccountid STRING, eventcategory STRING,
 addendum STRUCT<reason:STRING,updatedfields:STRING,originalrequestid:STRING,originaleventid:STRING>,
 sessioncredentialfromconsole STRING, edgedevicedetails STRING,
 tlsdetails STRUCT<tlsversion:STRING,ciphersuite:STRING,clientprovidedhostheader:STRING>)
PARTITIONED BY (\`timestamp\` STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://${bucket}/${trailFolder}'
TBLPROPERTIES ('projection.enabled'='true','projection.timestamp.type'='date','projection.timestamp.format'='yyyy/MM/dd','projection.timestamp.interval'='1','projection.timestamp.interval.unit'='DAYS','projection.timestamp.range'='2020/01/01,NOW','storage.location.template'='s3://${bucket}/${trailFolder}/\${timestamp}');`

/** An event of a trail, with what the queries ask for. */
export interface TrailEvent {
  /** ISO 8601, in seconds. */
  eventTime: string
  eventSource: string
  eventName: string
  userIdentity: Record<string, unknown>
  [member: string]: unknown
}

/** One event of many, made up by its number. */
export function trailEvent(n: number, timeMs: number): TrailEvent {
  const kinds = [
    {
      eventSource: 'kms.amazonaws.com',
      eventName: 'Decrypt',
      readOnly: true,
      requestParameters: { encryptionContext: { tenant: `t${n % 5}` } },
    },
    {
      eventSource: 's3.amazonaws.com',
      eventName: 'DeleteObject',
      readOnly: false,
      requestParameters: { bucketName: `b${n % 3}`, key: 'k "q" \\' },
    },
    {
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      readOnly: false,
      requestParameters: { groupId: 'sg-1' },
    },
    {
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      readOnly: false,
      responseElements: { ConsoleLogin: n % 8 < 4 ? 'Failure' : 'Success' },
      additionalEventData: { MFAUsed: n % 3 === 0 ? 'No' : 'Yes' },
    },
  ] as const
  const kind = kinds[n % kinds.length] ?? kinds[0]
  const user = `user${n % 7}`
  const isRoot = n % 11 === 0
  const arn = isRoot ? `arn:aws:iam::${account}:root` : `arn:aws:iam::${account}:user/${user}`
  return {
    eventVersion: '1.11',
    userIdentity: {
      ...{ type: isRoot ? 'Root' : 'IAMUser', principalId: isRoot ? account : `AIDA${user}`, arn, accountId: account },
      ...{ accessKeyId: `AKIA${user.toUpperCase()}`, ...(isRoot ? {} : { userName: user }) },
      sessionContext: { attributes: { mfaAuthenticated: String(n % 2 === 0), creationDate: '2026-01-01T00:00:00Z' } },
    },
    eventTime: new Date(timeMs).toISOString().replace(/\.\d+Z/, 'Z'),
    awsRegion: 'us-east-1',
    sourceIPAddress: `10.0.${n % 4}.${n % 250}`,
    userAgent: 'aws-sdk-js/3.0',
    ...(n % 9 === 0 && { errorCode: 'AccessDenied', errorMessage: 'denied: {"a":[1]}' }),
    ...{
      requestID: `r${n}`,
      eventID: `e${n}`,
      eventType: 'AwsApiCall',
      recipientAccountId: account,
      eventCategory: 'Management',
    },
    ...(kind.eventName === 'Decrypt' && {
      resources: [{ ARN: `arn:aws:kms:us-east-1:${account}:key/${n % 2}`, accountId: account, type: 'AWS::KMS::Key' }],
    }),
    tlsDetails: { tlsVersion: n % 10 === 0 ? 'TLSv1.1' : 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
    ...kind,
  }
}

/** The content of a file of a trail. */
export const trailFile = (events: readonly TrailEvent[]): Buffer => gzipSync(JSON.stringify({ Records: events }))

/** The key of a file of a trail: a folder for each day. @param day - `2026/10/05` */
export const trailKey = (day: string, n: number): string =>
  `${trailFolder}/${day}/${account}_CloudTrail_us-east-1_${day.replaceAll('/', '')}T0000Z_${n}.json.gz`

/** The ten queries, each with the events that it selects and what it shows of them. */
export const tenQueries: readonly string[] = [
  "SELECT eventtime, eventname, useridentity.arn, sourceipaddress FROM cloudtrail_logs WHERE useridentity.type='Root' AND useridentity.invokedby IS NULL ORDER BY eventtime DESC",
  "SELECT useridentity.arn, eventname, count(*) c FROM cloudtrail_logs WHERE errorcode IN ('AccessDenied','Client.UnauthorizedOperation','UnauthorizedOperation') GROUP BY 1,2 ORDER BY c DESC",
  "SELECT eventtime, useridentity.username, sourceipaddress FROM cloudtrail_logs WHERE eventname='ConsoleLogin' AND json_extract_scalar(responseelements,'$.ConsoleLogin')='Failure'",
  "SELECT * FROM cloudtrail_logs WHERE eventname='ConsoleLogin' AND json_extract_scalar(additionaleventdata,'$.MFAUsed')='No' AND useridentity.type='IAMUser'",
  "SELECT eventname, eventtime, requestparameters FROM cloudtrail_logs WHERE useridentity.accesskeyid='AKIAUSER3' AND \"timestamp\" BETWEEN '2026/10/02' AND '2026/10/03' ORDER BY eventtime",
  "SELECT useridentity.arn, eventtime FROM cloudtrail_logs WHERE eventsource='s3.amazonaws.com' AND eventname='DeleteObject' AND json_extract_scalar(requestparameters,'$.bucketName')='b1'",
  "SELECT eventname, useridentity.arn, requestparameters FROM cloudtrail_logs WHERE eventname LIKE '%SecurityGroup%' AND readonly='false'",
  "SELECT r.arn, count(*) FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(r) WHERE eventsource='kms.amazonaws.com' AND eventname='Decrypt' GROUP BY r.arn",
  "SELECT eventsource, eventname, count(*) c FROM cloudtrail_logs WHERE from_iso8601_timestamp(eventtime) > date_add('day',-7,now()) GROUP BY 1,2 ORDER BY c DESC LIMIT 50",
  "SELECT tlsdetails.tlsversion, eventsource, count(*) FROM cloudtrail_logs WHERE tlsdetails.tlsversion IN ('TLSv1','TLSv1.1') GROUP BY 1,2",
]
