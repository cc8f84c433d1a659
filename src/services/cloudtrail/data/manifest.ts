import type { ServiceManifest } from '../../../core/services/service-module.ts'
import { outline } from './outline.ts'

export const cloudtrailDataManifest: ServiceManifest = { outline }
