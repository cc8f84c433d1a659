import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { s3Model } from './s3-model.ts'
import { s3Migrations } from './storage/migrations.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 's3',
    title: 'Amazon S3',
    principal: 's3.amazonaws.com',
    apiVersion: '2006-03-01',
    bindings: [
      {
        protocol: 'restXml',
        xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
        errors: 'bare',
        // Whatever no other service claims, as long as it can name a bucket.
        paths: /^\/(?!_strongroom(\/|$))[^/]/,
      },
    ],
    messageMember: 'message',
    validationErrorCode: 'InvalidRequest',
    validationShowsValues: false,
    loadModel: async () =>
      s3Model((await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel),
  },
  migrations: s3Migrations,
  work: {
    's3.deliver': { atOnce: 1, isPrompt: true },
    's3.remove-parts': 'shared',
    's3.remove-uploads': 'shared',
    's3.remove-upload': 'shared',
    's3.forget-upload': 'shared',
    's3.lifecycle': 'shared',
    's3.storage-metrics': 'shared',
  },
}
