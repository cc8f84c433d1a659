import { unrecognizedService } from './errors.ts'

/**
 * Services that work with Organizations: they can have trusted access.
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
 */
const integrated: ReadonlySet<string> = new Set(
  (
    'access-analyzer account appmigrationservice arc-region-switch artifact-account-sync.aws auditmanager aws-artifact-account-sync ' +
    'backup billing-cost-management budgets chatbot cloudtrail compute-optimizer config config-multiaccountsetup ' +
    'cost-optimization-hub.bcm controltower detective devops-guru ds ec2 fms gamelift guardduty health iam identitystore inspector ' +
    'inspector2 inventory.ssm ipam license-manager license-manager-linux-subscriptions macie malware-protection.guardduty ' +
    'managementaccount.resource-explorer-2 mgn monitoring networkmanager notifications observabilityadmin opsdatasync.ssm pricing-plan ram ' +
    'reachabilityanalyzer.networkinsights reporting.trustedadvisor resource-explorer-2 resilience-hub ransomware s3 securityhub ' +
    'securitylake selfservice.mobile servicecatalog servicequotas sso ssm ssm-quicksetup ssm-incidents storage-lens.s3 ' +
    'support-plans supportapp tagpolicies.tag trustedadvisor user-notifications vpc-lattice wellarchitected workmail ' +
    'agreement-management member.org.stacksets.cloudformation license-manager.member-account'
  )
    .split(' ')
    .map((name) => `${name}.amazonaws.com`),
)

/** @throws ServiceError InvalidInputException - a service that does not work with Organizations. */
export function checkServicePrincipal(name: string): string {
  if (!integrated.has(name)) throw unrecognizedService()
  return name
}

/** How many accounts may administer a service, where AWS says so. */
export const mostDelegates: Readonly<Record<string, number>> = { 'cloudtrail.amazonaws.com': 3 }
