import { addParameter } from './metadata.ts'

/** Options of {@link Header}. */
export interface HeaderOptions {
  /** False: a missing header gives `undefined`. Default true: a missing header is a failure of the message. */
  readonly required?: boolean
  /** Stands for a missing header; makes it not required. */
  readonly defaultValue?: unknown
}

/** Parameter decorator: this parameter gets one header. */
export function Header(name: string, options: HeaderOptions = {}): ParameterDecorator {
  return (target, member, index) =>
    addParameter(target, member, {
      index,
      kind: 'header',
      name,
      required: options.defaultValue === undefined && (options.required ?? true),
      defaultValue: options.defaultValue,
    })
}

/** Parameter decorator: this parameter gets all headers. */
export function Headers(): ParameterDecorator {
  return (target, member, index) => addParameter(target, member, { index, kind: 'headers' })
}
