// server.mjs: the calls that make bench compares, on Fastify and node-postgres: the same SQL, values and answers.
//
// DATABASE_CONNECTIONS of each process, PIPELINED=1 to share them, PGHOST and its kin for where PostgreSQL is,
// PGOPTIONS and SEARCH_SETTINGS for its sessions, CONTRACT for the schema of a new group.
import cluster from 'node:cluster'
import * as crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import pg from 'pg'

const PROCESSES = 2
const CALLER_MEMORY_MS = 500
const CURSOR_KEY = crypto.randomBytes(32)
const CONNECTIONS = Number(process.env.DATABASE_CONNECTIONS)
const BASE_URL = `http://127.0.0.1:${process.env.PORT}`
const contract = JSON.parse(readFileSync(process.env.CONTRACT, 'utf8'))

// Statements ------------------------------------------------------------------------------------

// Values stay the text that PostgreSQL sends: nothing is parsed only to be written again.
const types = { getTypeParser: () => (value) => value }

function statement (name) {
  const names = []
  const file = new URL(`../../../api/sql/${name}.sql`, import.meta.url)
  const text = readFileSync(file, 'utf8').replace(/^--.*$/gm, '').replace(/:'(\w+)'/g, (_, parameter) => {
    if (!names.includes(parameter)) names.push(parameter)
    return `$${names.indexOf(parameter) + 1}`
  })
  return { name, text, names }
}

// What asks one of several connections: a pool that lends them, or connections that all requests share.
async function connections (settings) {
  const options = { options: settings }
  let ask
  if (process.env.PIPELINED === '1') {
    const clients = Array.from({ length: CONNECTIONS }, () => new pg.Client({ ...options, pipeline: true }))
    await Promise.all(clients.map((client) => client.connect()))
    let turn = 0
    ask = (question) => clients[turn++ % CONNECTIONS].query(question)
  } else {
    const pool = new pg.Pool({ ...options, max: CONNECTIONS, idleTimeoutMillis: 0 })
    ask = (question) => pool.query(question)
  }
  return ({ name, text, names }, values) =>
    ask({ name, text, types, values: names.map((parameter) => values[parameter] ?? null) })
}

// Answers ---------------------------------------------------------------------------------------

const NUMBERS = new Set([701, 1700]) // double precision and numeric: what else there is here are strings in JSON

const INSTANT = 1184 // timestamp with time zone, in UTC

function valueAsJson (row, { name, dataTypeID }) {
  if (dataTypeID === INSTANT) return `"${row[name].slice(0, 10)}T${row[name].slice(11, 19)}Z"`
  return NUMBERS.has(dataTypeID) ? row[name] : JSON.stringify(row[name])
}

function object (row, fields) {
  let json = row._members.slice(0, -1)
  for (const field of fields) {
    if (field.name[0] !== '_' && row[field.name] !== null) json += `,"${field.name}":${valueAsJson(row, field)}`
  }
  return json + '}'
}

// Where the next page begins: the columns that the page is sorted by, of its last row.
function nextKey (row, fields) {
  return `[${fields.filter(({ name }) => name.startsWith('_next')).map((field) => valueAsJson(row, field)).join(',')}]`
}

// Newer Node.js hashes in one call, which is faster.
const fingerprint = crypto.hash !== undefined
  ? (text) => crypto.hash('sha1', text).slice(0, 16)
  : (text) => crypto.createHash('sha1').update(text).digest('hex').slice(0, 16)

const common = {
  'content-type': 'application/json',
  'content-language': 'de',
  vary: 'Accept-Encoding, Accept-Language, Authorization',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer'
}
const open = {
  ...common,
  'cache-control': 'no-cache',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'
}
const closed = { ...common, 'cache-control': 'private, no-cache' }

function answer (request, reply, headers, json, revision) {
  const etag = `"${revision === undefined ? '' : revision + '.'}${fingerprint(json)}"`
  reply.headers(headers).header('x-request-id', request.id).header('etag', etag)
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
  return reply.send(json)
}

function problem (reply, status, title) {
  return reply.code(status).type('application/problem+json').send(JSON.stringify({ status, title }))
}

function seal (query, key) {
  const sealed = `/v1/groups\n${JSON.stringify({ ...query, limit: undefined, cursor: undefined })}\n${key}`
  const hash = crypto.createHmac('sha256', CURSOR_KEY).update(sealed).digest().subarray(0, 16)
  return Buffer.concat([hash, Buffer.from(key)]).toString('base64url')
}

function page (request, reply, { rows, fields }) {
  const limit = request.query.limit
  let json = `{"items":[${rows.slice(0, limit).map((row) => object(row, fields)).join(',')}]`
  if (rows.length > limit) {
    const cursor = seal(request.query, nextKey(rows[limit - 1], fields))
    json += `,"next":"${cursor}"`
    reply.header('link', `<${BASE_URL}${request.url}&cursor=${cursor}>; rel="next"`)
  }
  return answer(request, reply, open, json + '}')
}

// Calls -----------------------------------------------------------------------------------------

const now = () => new Date().toISOString()
const anybody = () => ({ language: 'de', is_admin: 'false', is_partner: 'false', now: now() })

const groupSchema = { params: { type: 'object', properties: { group_id: { type: 'string', format: 'uuid' } } } }
const listSchema = {
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
      topic: { type: 'string', maxLength: 100 },
      near: { type: 'string', maxLength: 40, pattern: '^-?[0-9.]+,-?[0-9.]+$' },
      within_km: { type: 'number', exclusiveMinimum: 0, maximum: 500, default: 25 },
      q: { type: 'string', minLength: 1, maxLength: 200 }
    }
  }
}
// The contract's own schema of a new group, with the others it refers to.
const bodySchema = {
  body: JSON.parse(JSON.stringify({
    $ref: '#/$defs/NewGroup', $defs: contract.components.schemas
  }).replaceAll('#/components/schemas/', '#/$defs/'))
}

const callers = new Map() // by hash of the key, remembered for a moment

async function identify (ask, byKey, request) {
  const hash = crypto.createHash('sha256').update(request.headers.authorization?.slice(7) ?? '').digest('hex')
  const known = callers.get(hash)
  if (known !== undefined && known.until > Date.now()) return known
  const { rows: [caller] } = await ask(byKey, { key_hash: `\\x${hash}`, now: now() })
  if (caller !== undefined) callers.set(hash, { ...caller, until: Date.now() + CALLER_MEMORY_MS })
  return caller
}

async function serve () {
  const prefix = crypto.randomBytes(8).toString('hex')
  let number = 0
  const app = Fastify({
    requestIdHeader: 'x-request-id',
    genReqId: () => prefix + (++number).toString(16).padStart(8, '0'),
    ajv: { customOptions: { strict: false, removeAdditional: false, formats: { country: true, language: true } } }
  })
  const ask = await connections(process.env.PGOPTIONS)
  const search = await connections(process.env.SEARCH_SETTINGS)
  const get = statement('group_get')
  const plain = statement('groups_plain')
  const words = statement('groups_words')
  const found = statement('groups_search')
  const create = statement('group_create')
  const byKey = statement('client_by_key')

  app.get('/v1/groups/:group_id', { schema: groupSchema }, async (request, reply) => {
    const { rows: [row], fields } = await ask(get, { ...anybody(), group_id: request.params.group_id })
    if (row === undefined) return problem(reply, 404, 'There is no such group')
    return answer(request, reply, open, object(row, fields), row._revision)
  })

  app.get('/v1/groups', { schema: listSchema }, async (request, reply) => {
    const { limit, topic, near, within_km: within, q } = request.query
    if (topic === undefined && near === undefined && q === undefined) {
      return page(request, reply, await ask(plain, { ...anybody(), limit }))
    }
    const { rows: [{ words: meant }] } = await ask(words, { q })
    return page(request, reply, await search(found, {
      ...anybody(), limit, near, words: meant, sort: 'relevance',
      filter: JSON.stringify({ limit, near, within_km: within, q, topic: `{"${topic}"}` })
    }))
  })

  app.post('/v1/groups', { schema: bodySchema }, async (request, reply) => {
    const caller = await identify(ask, byKey, request)
    if (caller === undefined) return problem(reply, 401, 'A key is needed')
    if (!caller.scopes.includes('groups:write')) return problem(reply, 403, 'The key does not allow this')
    const { rows: [row], fields } = await ask(create, {
      ...anybody(),
      organisations: caller.organisations,
      body: JSON.stringify(request.body),
      writer: JSON.stringify({ client_id: caller.id, request_id: request.id })
    })
    if (row._problem !== null) return problem(reply, 422, row._problem)
    reply.code(201).header('location', row._location)
    return answer(request, reply, closed, object(row, fields), row._revision)
  })

  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
}

if (cluster.isPrimary) {
  for (let i = 0; i < PROCESSES; i++) cluster.fork()
  cluster.on('exit', () => process.exit(1))
} else {
  await serve()
}
