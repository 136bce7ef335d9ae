import { expect, test } from 'vitest'
import { clientSettings, inRange } from './config.ts'

test('name servers are read from one text or several', () => {
  const list = (nameServer: string | string[]): readonly string[] => clientSettings({ nameServer }).nameServers
  expect(list('a:1;b:2')).toEqual(['a:1', 'b:2'])
  expect(list('a:1, b:2 ;')).toEqual(['a:1', 'b:2'])
  expect(list(['a:1', 'b:2', 'a:1'])).toEqual(['a:1', 'b:2'])
  expect(list('http://a:1')).toEqual(['a:1'])
  expect(list('[::1]:9876')).toEqual(['[::1]:9876'])
})

test('what is no list of name servers is refused with an example', () => {
  for (const nameServer of ['', 'localhost', 'a:99999', 'a:b']) {
    expect(() => clientSettings({ nameServer })).toThrow(expect.objectContaining({ code: 'RMQ_NAME_SERVER_ADDRESS' }))
  }
})

test('the client id is address, instance and unit, and unique by default', () => {
  const id = (more: object): string => clientSettings({ nameServer: 'a:1', clientIp: '10.0.0.1', ...more }).clientId
  expect(id({ instanceName: 'i' })).toBe('10.0.0.1@i')
  expect(id({ instanceName: 'i', unitName: 'u' })).toBe('10.0.0.1@i@u')
  expect(id({})).not.toBe(id({}))
})

test('a number out of its range is refused', () => {
  expect(inRange('x', undefined, 5, 1, 9)).toBe(5)
  for (const value of [0, 10, 1.5, Number.NaN]) {
    expect(() => inRange('x', value, 5, 1, 9)).toThrow(expect.objectContaining({ code: 'RMQ_OPTION_ILLEGAL' }))
  }
})
