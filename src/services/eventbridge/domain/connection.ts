import type {
  ConnectionAuthResponseParameters,
  ConnectionHttpParameters,
  CreateConnectionAuthRequestParameters,
  UpdateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge'
import { invalidParameter, notSupported } from './errors.ts'

export type AuthorizationType = 'API_KEY' | 'BASIC' | 'OAUTH_CLIENT_CREDENTIALS'

/** A connection to an API. What it authorises itself with is in a secret of Secrets Manager. */
export interface Connection {
  name: string
  id: string
  arn: string
  description?: string
  authorizationType: AuthorizationType
  state: 'AUTHORIZED' | 'AUTHORIZING' | 'DEAUTHORIZED'
  stateReason?: string
  secretArn: string
  /** As it is shown: without any secret. */
  shown: ConnectionAuthResponseParameters
  createdAtMs: number
  modifiedAtMs: number
  authorizedAtMs?: number
}

export interface ApiDestination {
  name: string
  id: string
  arn: string
  description?: string
  connectionArn: string
  endpoint: string
  method: string
  perSecond: number
  createdAtMs: number
  modifiedAtMs: number
}

/** The value of a connection's secret, as EventBridge writes it. */
export interface ConnectionSecret {
  username?: string
  password?: string
  api_key_name?: string
  api_key_value?: string
  client_id?: string
  client_secret?: string
  oauth_endpoint?: string
  oauth_http_method?: string
  oauth_http_parameters?: ConnectionHttpParameters
  invocation_http_parameters?: ConnectionHttpParameters
}

type Given = CreateConnectionAuthRequestParameters | UpdateConnectionAuthRequestParameters

const memberOf = {
  API_KEY: 'ApiKeyAuthParameters',
  BASIC: 'BasicAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
} as const satisfies Record<AuthorizationType, keyof Given>

/**
 * Puts together the value of a connection's secret.
 * @param before - what is kept where the request does not give it.
 * @throws ServiceError ValidationException.
 */
export function secretOf(type: AuthorizationType, given: Given, before: ConnectionSecret = {}): ConnectionSecret {
  if ('ConnectivityParameters' in given && given.ConnectivityParameters) throw notSupported('ConnectivityParameters')
  for (const [other, member] of Object.entries(memberOf)) {
    if (other !== type && given[member]) {
      throw invalidParameter('AuthParameters', `${member} is not valid for the authorization type ${type}.`)
    }
  }
  const invocation = given.InvocationHttpParameters ?? before.invocation_http_parameters
  const secret = {
    ...authorizationOf(type, given, before),
    ...(invocation && { invocation_http_parameters: invocation }),
  }
  const values: Record<string, unknown> = secret
  for (const name of required[type]) {
    if (!values[name]) throw invalidParameter('AuthParameters', `${memberOf[type]} must be given.`)
  }
  return secret
}

const required: Readonly<Record<AuthorizationType, readonly (keyof ConnectionSecret)[]>> = {
  API_KEY: ['api_key_name', 'api_key_value'],
  BASIC: ['username', 'password'],
  OAUTH_CLIENT_CREDENTIALS: ['client_id', 'client_secret', 'oauth_endpoint', 'oauth_http_method'],
}

function authorizationOf(type: AuthorizationType, given: Given, before: ConnectionSecret): ConnectionSecret {
  switch (type) {
    case 'API_KEY': {
      const { ApiKeyName = before.api_key_name, ApiKeyValue = before.api_key_value } = given.ApiKeyAuthParameters ?? {}
      return present({ api_key_name: ApiKeyName, api_key_value: ApiKeyValue })
    }
    case 'BASIC': {
      const { Username = before.username, Password = before.password } = given.BasicAuthParameters ?? {}
      return present({ username: Username, password: Password })
    }
    case 'OAUTH_CLIENT_CREDENTIALS': {
      const oauth = given.OAuthParameters ?? {}
      return present({
        client_id: oauth.ClientParameters?.ClientID ?? before.client_id,
        client_secret: oauth.ClientParameters?.ClientSecret ?? before.client_secret,
        oauth_endpoint: oauth.AuthorizationEndpoint ?? before.oauth_endpoint,
        oauth_http_method: oauth.HttpMethod ?? before.oauth_http_method,
        oauth_http_parameters: oauth.OAuthHttpParameters ?? before.oauth_http_parameters,
      })
    }
  }
}

/** Leaves out what is not there. */
const present = (values: { [Name in keyof ConnectionSecret]: ConnectionSecret[Name] | undefined }): ConnectionSecret =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** Returns what DescribeConnection shows of a secret: names, and values that are not secret. */
export function shownOf(type: AuthorizationType, secret: ConnectionSecret): ConnectionAuthResponseParameters {
  const { invocation_http_parameters: invocation, oauth_http_parameters: oauth } = secret
  return {
    ...(type === 'API_KEY' && { ApiKeyAuthParameters: { ApiKeyName: secret.api_key_name } }),
    ...(type === 'BASIC' && { BasicAuthParameters: { Username: secret.username } }),
    ...(type === 'OAUTH_CLIENT_CREDENTIALS' && {
      OAuthParameters: {
        ClientParameters: { ClientID: secret.client_id },
        AuthorizationEndpoint: secret.oauth_endpoint,
        HttpMethod: secret.oauth_http_method as 'POST',
        ...(oauth && { OAuthHttpParameters: withoutSecrets(oauth) }),
      },
    }),
    ...(invocation && { InvocationHttpParameters: withoutSecrets(invocation) }),
  }
}

function withoutSecrets(parameters: ConnectionHttpParameters): ConnectionHttpParameters {
  const hide = <P extends { IsValueSecret?: boolean | undefined; Value?: string | undefined }>(list: readonly P[]) =>
    list.map(({ Value, ...rest }) => ({ ...rest, ...(rest.IsValueSecret === false && { Value }) }))
  const { HeaderParameters, QueryStringParameters, BodyParameters } = parameters
  return {
    ...(HeaderParameters && { HeaderParameters: hide(HeaderParameters) }),
    ...(QueryStringParameters && { QueryStringParameters: hide(QueryStringParameters) }),
    ...(BodyParameters && { BodyParameters: hide(BodyParameters) }),
  }
}
