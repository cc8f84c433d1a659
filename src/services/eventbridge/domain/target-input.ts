import { type BusEvent, eventText, eventValue } from './bus-event.ts'
import { fillTemplate } from './input-transformer.ts'
import { parseJsonPath, valueAt } from './json-path.ts'
import type { Rule, Target } from './rule.ts'

/** Returns what a target gets of an event: the event, a part of it, what a template makes of it, or a constant text. */
export function inputFor({ arn, name }: Pick<Rule, 'arn' | 'name'>, target: Target, event: BusEvent): string {
  const { Input, InputPath, InputTransformer } = target
  if (Input !== undefined) return Input
  if (InputPath !== undefined) {
    const path = parseJsonPath(InputPath)
    return JSON.stringify((path && valueAt(eventValue(event), path)) ?? null)
  }
  if (!InputTransformer) return eventText(event)
  const { InputTemplate = '', InputPathsMap = {} } = InputTransformer
  return fillTemplate(InputTemplate, InputPathsMap, event, { ruleArn: arn, ruleName: name })
}
