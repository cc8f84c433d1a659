import { reservedVariables, variableNotText, variablesTooLarge } from './errors.ts'
import { quotas } from './quotas.ts'

/** Who acts for functions. */
export const lambdaPrincipal = 'lambda.amazonaws.com'

/** The alias of the key that encrypts variables when a function names none. */
export const defaultKeyAlias = 'alias/aws/lambda'

/** Binds encrypted variables to their function. */
export const variablesContext = (functionArn: string) => ({ 'aws:lambda:FunctionArn': functionArn })

// AWS Lambda Developer Guide, "Defined runtime environment variables": those that are reserved, and ours.
const reserved = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
  'STRONGROOM_RUNTIME_TOKEN',
])

/**
 * Checks variables as a caller gives them, and writes them down.
 * @returns their JSON, at most what KMS encrypts at once.
 * @throws ServiceError InvalidParameterValueException.
 */
export function serializeVariables(variables: Readonly<Record<string, string>>): Buffer {
  const taken = Object.keys(variables).filter((name) => reserved.has(name))
  if (taken.length > 0) throw reservedVariables(taken)
  for (const [name, value] of Object.entries(variables)) if (value.includes('\0')) throw variableNotText(name)
  const json = Buffer.from(JSON.stringify(variables))
  if (json.length > quotas.environmentBytes) throw variablesTooLarge()
  return json
}
