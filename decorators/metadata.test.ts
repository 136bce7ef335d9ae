// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configuration look like templates.
import { expect, test } from 'vitest'
import {
  channelsOf,
  contractsOf,
  EnableBinding,
  Header,
  Input,
  listenersOf,
  Output,
  Payload,
  parametersOf,
  SendTo,
  StreamListener,
  sendTosOf,
  Value,
  valuesOf,
} from './index.ts'

abstract class First {
  @Output('output') readonly output!: () => unknown
}
abstract class Second extends First {
  @Output() readonly output2!: () => unknown
  @Input('in') readonly input!: () => unknown
}

test('a contract has its own channels and those of its parents, and the parent keeps its own', () => {
  const names = (contract: Parameters<typeof channelsOf>[0]): string[] =>
    channelsOf(contract).map(({ direction, channel, member }) => `${direction} ${channel} ${String(member)}`)
  expect(names(Second)).toEqual(['output output output', 'output output2 output2', 'input in input'])
  expect(names(First)).toEqual(['output output output'])
})

test('contracts are listed once, parents first, given one by one or as a list', () => {
  @EnableBinding([First])
  class Parent {}
  @EnableBinding(Second, First)
  class Child extends Parent {}
  expect(contractsOf(Child)).toEqual([First, Second])
  expect(contractsOf(Parent)).toEqual([First])
})

test('a subclass that decorates a listener again replaces it; one that does not inherits it', () => {
  class Parent {
    @StreamListener('a') @SendTo('x') one(): void {}
    @StreamListener('b') two(): void {}
  }
  class Child extends Parent {
    @StreamListener('c', { condition: 'true', copyHeaders: false }) override one(): void {}
  }
  expect(listenersOf(Child).map(({ member, channel }) => [member, channel])).toEqual([
    ['two', 'b'],
    ['one', 'c'],
  ])
  expect(listenersOf(Parent)).toHaveLength(2)
  expect(sendTosOf(Child)).toHaveLength(1)
})

test('parameters of methods and of the constructor are told apart', () => {
  class Service {
    @Value('${a}') readonly a!: string
    readonly b: number
    constructor(@Value('${b}', Number) b: number) {
      this.b = b
    }
    handle(@Payload(Object) _body: object, @Header('k', { defaultValue: 1 }) _key: number): void {}
  }
  expect(parametersOf(Service, undefined)).toEqual([{ index: 0, kind: 'value', expression: '${b}', type: Number }])
  expect(parametersOf(Service, 'handle').map(({ index, kind }) => [index, kind])).toEqual([
    [1, 'header'],
    [0, 'payload'],
  ])
  expect(valuesOf(Service)).toMatchObject([{ member: 'a', expression: '${a}', type: String }])
})

test('decorators of the other kind are refused with the setting to change', () => {
  const standard = { kind: 'method', name: 'handle' }
  expect(() => Reflect.apply(StreamListener('in'), undefined, [() => undefined, standard])).toThrow(
    '@StreamListener needs "experimentalDecorators": true in the compilerOptions of tsconfig.json.',
  )
  expect(() => Reflect.apply(Output(), undefined, [undefined, { kind: 'field', name: 'output' }])).toThrow('@Output')
})
