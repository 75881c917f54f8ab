import { describe, expect, test } from 'vitest'
import { addressRefusal, endpointRefusal } from '../../../shared/cluster/endpoint-rules.ts'

const open = {}
const local = { allowLoopback: true }

test.each([
  ['link-local', 'http://169.254.10.10'],
  ['the metadata service', 'http://169.254.169.254/latest'],
  ['the metadata service in decimal', 'http://2852039166'],
  ['the metadata service in hex', 'http://0xA9FEA9FE'],
  ['the metadata service in octal', 'http://0251.0376.0251.0376'],
  ['the metadata service mapped into IPv6', 'http://[::ffff:169.254.169.254]'],
  ['the metadata service mapped into IPv6, in hex', 'http://[::ffff:a9fe:a9fe]'],
  ['the metadata service as a compatible IPv6 address', 'http://[::a9fe:a9fe]'],
  ['the metadata service behind NAT64', 'http://[64:ff9b::a9fe:a9fe]'],
  ['the metadata service behind local NAT64', 'http://[64:ff9b:1::a9fe:a9fe]'],
  ['the metadata service behind 6to4', 'http://[2002:a9fe:a9fe::1]'],
  ['the metadata service translated', 'http://[::ffff:0:a9fe:a9fe]'],
  ['the metadata service of AWS over IPv6', 'http://[fd00:ec2::254]'],
  ['the metadata service of Alibaba', 'http://100.100.100.200'],
  ['the agent of Azure', 'http://168.63.129.16'],
  ['the metadata service of Oracle', 'http://192.0.0.192'],
  ['IPv6 link-local', 'http://[fe80::1]'],
  ['a Teredo tunnel', 'http://[2001::1]'],
  ['unspecified', 'http://0.0.0.0:9200'],
  ['unspecified in short', 'http://0:9200'],
  ['unspecified over IPv6', 'http://[::]:9200'],
  ['multicast', 'http://224.0.0.1'],
  ['multicast over IPv6', 'http://[ff02::1]'],
  ['broadcast', 'http://255.255.255.255'],
  ['another scheme', 'ftp://search.example.com'],
  ['a file', 'file:///etc/passwd'],
  ['credentials in the address', 'http://user:secret@search.example.com'],
  ['nonsense', 'search.example.com:9200'],
])('%s is refused, on the local door too', (_, endpoint) => {
  expect(endpointRefusal(endpoint, open)).toEqual(expect.any(String))
  expect(endpointRefusal(endpoint, local)).toEqual(expect.any(String))
})

test.each([
  'http://127.0.0.1:9200',
  'http://127.1:9200',
  'http://2130706433:9200',
  'http://0x7f.1:9200',
  'http://0177.0.0.1:9200',
  'http://127.8.9.10',
  'http://[::1]:9200',
  'http://[::ffff:127.0.0.1]:9200',
  'http://localhost:9200',
  'http://LOCALHOST.:9200',
  'http://search.localhost',
])('%s is loopback, for the local door alone', (endpoint) => {
  expect(endpointRefusal(endpoint, open)).toContain('loopback')
  expect(endpointRefusal(endpoint, local)).toBeNull()
})

test.each([
  'http://10.1.2.3:9200',
  'http://192.168.1.1',
  'https://search.example.com',
  'https://8.8.8.8',
  'https://[2606:4700::1111]',
  'http://[fd12::1]',
])('%s may be used', (endpoint) => {
  expect(endpointRefusal(endpoint, open)).toBeNull()
})

describe('what belongs to the Migration Assistant itself', () => {
  const ports = [
    { host: '127.0.0.1', port: 8080 },
    { host: 'localhost', port: 5432 },
    { host: '0.0.0.0', port: 7000 },
    { host: 'db.internal', port: 5433 },
    { host: '10.0.0.7', port: 5434 },
  ]
  const rules = { allowLoopback: true, forbidden: () => ports }

  test.each([
    'http://127.0.0.1:8080',
    'http://127.9.9.9:8080',
    'http://[::1]:8080',
    'http://0x7f000001:8080',
    'http://127.0.0.1:5432',
    'http://[::ffff:127.0.0.1]:7000',
    'http://DB.internal.:5433',
    'http://10.0.0.7:5434',
    'http://[::ffff:10.0.0.7]:5434',
  ])('%s is refused', (endpoint) => {
    expect(endpointRefusal(endpoint, rules)).toContain('Migration Assistant itself')
  })

  test('another port of the same host is not', () => {
    expect(endpointRefusal('http://127.0.0.1:9200', rules)).toBeNull()
    expect(endpointRefusal('http://10.0.0.7:9200', rules)).toBeNull()
  })

  test('a port that became known late is refused from then on', () => {
    const late: { host: string; port: number }[] = []
    const growing = { allowLoopback: true, forbidden: () => late }

    expect(endpointRefusal('http://127.0.0.1:9300', growing)).toBeNull()
    late.push({ host: '127.0.0.1', port: 9300 })

    expect(endpointRefusal('http://127.0.0.1:9300', growing)).toEqual(expect.any(String))
  })
})

describe('MA_CLUSTER_ALLOW', () => {
  const rules = { allow: ['search.example.com', '*.corp.example', '10.1.0.0/16', '192.168.7.7', 'fd12::/16'] }

  test.each([
    ['search.example.com', '203.1.1.1', true],
    ['SEARCH.example.com', '203.1.1.1', true],
    ['a.corp.example', '203.1.1.1', true],
    ['corp.example', '203.1.1.1', false],
    ['evilcorp.example', '203.1.1.1', false],
    ['x.search.example.com', '203.1.1.1', false],
    ['other.example', '10.1.200.3', true],
    ['other.example', '10.2.0.1', false],
    ['other.example', '192.168.7.7', true],
    ['other.example', '192.168.7.8', false],
    ['other.example', '::ffff:10.1.2.3', true],
    ['other.example', 'fd12:9::1', true],
    ['other.example', 'fd13::1', false],
    ['search.example.com', '169.254.169.254', false],
  ])('%s at %s: %s', (host, address, allowed) => {
    expect(addressRefusal(host.toLowerCase(), 443, address, rules) === null).toBe(allowed)
  })

  test('refuses a name as it is written where no range could still allow it', () => {
    const names = { allow: ['search.example.com'] }

    expect(endpointRefusal('https://other.example', names)).toContain('MA_CLUSTER_ALLOW')
    expect(endpointRefusal('https://other.example', rules)).toBeNull()
    expect(endpointRefusal('https://10.2.0.1', rules)).toContain('MA_CLUSTER_ALLOW')
  })

  test('with nothing in it allows nothing', () => {
    expect(endpointRefusal('https://search.example.com', { allow: [] })).toContain('MA_CLUSTER_ALLOW')
  })
})
