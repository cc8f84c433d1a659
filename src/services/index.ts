import type { ServiceModule } from '../core/service-module.ts'
import { cloudtrail } from './cloudtrail/cloudtrail.ts'
import { iam } from './iam/iam.ts'
import { kms } from './kms/kms.ts'
import { lambda } from './lambda/lambda.ts'
import { secretsManager } from './secrets-manager/secrets-manager.ts'
import { ssm } from './ssm/ssm.ts'
import { sts } from './sts/sts.ts'

/** Every service of the product. */
export const serviceModules = [iam, sts, kms, cloudtrail, ssm, secretsManager, lambda] satisfies ServiceModule[]
