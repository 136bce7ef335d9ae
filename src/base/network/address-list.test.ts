import { expect, test } from 'vitest'
import { readAddressList } from './index.ts'

test('addresses are read from one text or several, each once', () => {
  const list = (given: string | readonly string[]): readonly string[] => readAddressList(given).addresses
  expect(list('a:1;b:2')).toEqual(['a:1', 'b:2'])
  expect(list(' a:1, b:2 ;;\n[::1]:3 b:2')).toEqual(['a:1', 'b:2', '[::1]:3'])
  expect(list(['https://b:2', 'http://a:1;b:2'])).toEqual(['b:2', 'a:1'])
  expect(list([' ; ', ''])).toEqual([])
})

test('the first that is no address is told', () => {
  expect(readAddressList('a:1;b:2').illegal).toBeUndefined()
  expect(readAddressList('').illegal).toBeUndefined()
  for (const illegal of ['localhost', 'a:99999', 'a:b', 'ftp://a:1'])
    expect(readAddressList(`a:1;${illegal};:2`)).toMatchObject({ illegal, addresses: ['a:1', illegal, ':2'] })
})
