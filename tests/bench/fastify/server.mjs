// server.mjs: the calls that make bench compares, on Fastify and node-postgres: the same SQL, values and answers; only
// that registrations are made as one would here, by a transaction of several statements.
//
// DATABASE_CONNECTIONS of each process, PIPELINED=1 to share them, PGHOST and its kin for where PostgreSQL is,
// PGOPTIONS and SEARCH_SETTINGS for its sessions, CONTRACT for the schemas of new groups and registrations.
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
const BOOLEAN = 16

function valueAsJson (row, { name, dataTypeID }) {
  if (dataTypeID === BOOLEAN) return row[name] === 't' ? 'true' : 'false'
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
// The contract's own schema of a body, with the others it refers to.
const bodySchema = (name) => ({
  body: JSON.parse(JSON.stringify({
    $ref: `#/$defs/${name}`, $defs: contract.components.schemas
  }).replaceAll('#/components/schemas/', '#/$defs/'))
})

const callers = new Map() // by hash of the key, remembered for a moment

async function identify (ask, byKey, request) {
  const hash = crypto.createHash('sha256').update(request.headers.authorization?.slice(7) ?? '').digest('hex')
  const known = callers.get(hash)
  if (known !== undefined && known.until > Date.now()) return known
  const { rows: [caller] } = await ask(byKey, { key_hash: `\\x${hash}`, now: now() })
  if (caller !== undefined) callers.set(hash, { ...caller, until: Date.now() + CALLER_MEMORY_MS })
  return caller
}

// Registrations: one transaction each, under the lock of the series -------------------------------

const MEETING = {
  name: 'meeting_lock',
  text: `
    SELECT s.id AS schedule_id, s.group_id, s.time_zone, s.capacity, s.newcomer_places, s.registration::text,
           m.date, m.status, m.starts_at, m.starts_at_local, m.format, coalesce(m.shown -> 'online', s.online)::text AS online,
           g.joining, 'affected' = ANY (g.audience) AS for_affected, 'relatives' = ANY (g.audience) AS for_relatives,
           (SELECT version FROM consent_texts WHERE purpose = 'registration' ORDER BY current_since DESC LIMIT 1) AS consent
    FROM meetings m
    JOIN schedules s ON s.id = m.schedule_id AND s.deleted_at IS NULL
    JOIN groups g ON g.id = s.group_id AND g.deleted_at IS NULL AND g.visibility = 'public'
    WHERE m.id = $1 AND m.deleted_at IS NULL
    FOR NO KEY UPDATE OF s`
}
const PLACES = {
  name: 'places_taken',
  text: `
    SELECT count(*)::integer AS held, (count(*) FILTER (WHERE NOT newcomer))::integer AS by_known,
           array_to_json(array_agg(seat)) AS seats,
           (SELECT count(*)::integer FROM registrations WHERE schedule_id = $1 AND meeting_id = $3 AND state = 'waiting') AS waiting
    FROM places WHERE schedule_id = $1 AND during @> $2::date`
}
const PERSON = {
  name: 'person_add',
  text: `
    INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, language, consent_version, consent_at, created_at)
    VALUES ($1, 'registrant', $2, $3, $4, $5, $6, $7, $7)`
}
const CAPABILITY = {
  name: 'capability_add',
  text: `INSERT INTO capabilities (hash, id, kind, person_id, created_at) VALUES ($1, $2, 'life', $3, $4)`
}
const REGISTRATION = {
  name: 'registration_add',
  text: `
    INSERT INTO registrations (id, group_id, schedule_id, meeting_id, during, role, newcomer, companions, reminders, state,
                               pseudonym, message, client_id, action, actor, created_at, updated_at)
    VALUES ($1, $2, $3, $4, daterange($5, $5, '[]'), $6, $7, $8, $9, $10, $11, $12, $13::uuid, 'register', 'client:' || $13,
            $14, $14)`
}
const SEATS = {
  name: 'places_add',
  text: `
    INSERT INTO places (registration_id, schedule_id, during, newcomer, seat)
    SELECT $1, $2, daterange($3, $3, '[]'), $4, seat FROM unnest($5::integer[]) AS seat`
}

const TOKEN_KEY = crypto.randomBytes(32)
const WRAPPING_KEY = crypto.randomBytes(32) // not Runde's, but of as many bytes

function envelope (key, context, text) {
  const nonce = crypto.randomBytes(12)
  const cipher = crypto.createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
  const content = Buffer.from(text)
  const padded = Buffer.alloc(Math.ceil((content.length + 1) / 32) * 32)
  padded[content.copy(padded)] = 0x80
  cipher.setAAD(Buffer.from(context), { plaintextLength: padded.length })
  return Buffer.concat([nonce, cipher.update(padded), cipher.final(), cipher.getAuthTag()])
}

// Version 7, so that indexes grow at their end.
function newId () {
  const id = Date.now().toString(16).padStart(12, '0') + '7' + crypto.randomUUID().replaceAll('-', '').slice(13)
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
}

class Refused extends Error {
  constructor (status, title) {
    super(title)
    this.status = status
  }
}

const inSeconds = (instant) => `${instant.slice(0, 10)}T${instant.slice(11, 19)}Z`
const hours = (duration) => Number(/^PT(\d+)H$/.exec(duration)?.[1] ?? 0)

function registrable (meeting, body, at) {
  if (meeting === undefined) throw new Refused(404, 'There is no such meeting')
  if (meeting.registration === null) throw new Refused(409, 'It takes no registrations')
  const rules = JSON.parse(meeting.registration)
  const begins = Date.parse(inSeconds(meeting.starts_at))
  if (meeting.status === 'cancelled' || begins - hours(rules.closes) * 3600e3 <= Date.parse(at) ||
      (rules.opens !== undefined && begins - hours(rules.opens) * 3600e3 > Date.parse(at))) {
    throw new Refused(409, 'Registration is closed')
  }
  const isFor = body.role === 'affected' ? meeting.for_affected : meeting.for_relatives
  if (isFor !== 't') throw new Refused(422, '/role')
  if (body.consent.version !== meeting.consent) throw new Refused(422, '/consent/version')
  return rules
}

// The seats that somebody gets, from above; none if there are not enough.
function seatsFor (meeting, taken, wanted, newcomer) {
  const capacity = Number(meeting.capacity)
  const forThem = newcomer ? capacity : capacity - Number(meeting.newcomer_places ?? 0) - Number(taken.by_known)
  if (wanted > Math.min(capacity - Number(taken.held), forThem)) return []
  const used = new Set(JSON.parse(taken.seats))
  const seats = []
  for (let seat = capacity; seats.length < wanted; seat--) if (!used.has(seat)) seats.push(seat)
  return seats
}

async function register ({ ask, askAll }, meetingId, caller, wrappingId, body) {
  const at = now()
  const id = newId()
  const key = crypto.randomBytes(32)
  const secret = 'rp_' + crypto.randomBytes(32).toString('base64url')
  const [, { rows: [meeting] }] = await askAll([{ text: 'BEGIN' }], [MEETING, meetingId])
  const rules = registrable(meeting, body, at)
  const { newcomer = false, companions = 0, reminders = [], language = 'de' } = body
  const { rows: [taken] } = await ask(PLACES, meeting.schedule_id, meeting.date, meetingId)
  const seats = seatsFor(meeting, taken, 1 + companions, newcomer)
  if (seats.length === 0 && rules.waiting_list === false) throw new Refused(409, 'It is full')
  const state = meeting.joining === 'screening' ? 'screening' : seats.length > 0 ? 'confirmed' : 'waiting'
  const writes = [
    [PERSON, id, meeting.group_id, wrappingId, envelope(WRAPPING_KEY, id, key), language, body.consent.version, at],
    [CAPABILITY, crypto.createHmac('sha256', TOKEN_KEY).update(secret).digest(), crypto.randomUUID(), id, at],
    [REGISTRATION, id, meeting.group_id, meeting.schedule_id, meetingId, meeting.date, body.role, newcomer, companions,
      reminders, state, envelope(key, `${id}/pseudonym`, body.pseudonym),
      body.message === undefined ? null : envelope(key, `${id}/message`, body.message), caller.id, at]
  ]
  if (state === 'confirmed') writes.push([SEATS, id, meeting.schedule_id, meeting.date, newcomer, seats])
  await askAll(...writes, [{ text: 'COMMIT' }])
  return {
    id,
    group_id: meeting.group_id,
    schedule_id: meeting.schedule_id,
    meeting_id: meetingId,
    meeting: {
      starts_at: inSeconds(meeting.starts_at),
      starts_at_local: meeting.starts_at_local.replace(' ', 'T'),
      time_zone: meeting.time_zone,
      status: meeting.status
    },
    state,
    position: state === 'waiting' ? Number(taken.waiting) + 1 : undefined,
    role: body.role,
    newcomer,
    companions,
    language,
    reminders,
    online: state === 'confirmed' && meeting.format !== 'in_person' && meeting.online !== null
      ? JSON.parse(meeting.online)
      : undefined,
    consent: { version: body.consent.version, given_at: inSeconds(at) },
    revision: 1,
    created_at: inSeconds(at),
    updated_at: inSeconds(at),
    links: { self: `/v1/registrations/${id}` },
    pseudonym: body.pseudonym,
    message: body.message,
    secret,
    way_back: 'secret_only'
  }
}

// Lends a connection to a transaction. What needs no answer of one another goes out together if it is pipelined.
function transactions () {
  const pipeline = process.env.PIPELINED === '1'
  const pool = new pg.Pool({ options: process.env.PGOPTIONS, max: CONNECTIONS, idleTimeoutMillis: 0, pipeline })
  return async (work) => {
    const client = await pool.connect()
    const ask = (question, ...values) => client.query({ ...question, types, values })
    const askAll = async (...questions) => {
      if (pipeline) return Promise.all(questions.map((question) => ask(...question)))
      const answers = []
      for (const question of questions) answers.push(await ask(...question))
      return answers
    }
    try {
      return await work({ ask, askAll })
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
  }
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
  const inTransaction = transactions()
  const { rows: [{ id: wrappingId }] } = await ask({
    name: 'wrapping_key', text: 'SELECT id FROM wrapping_keys WHERE retired_at IS NULL ORDER BY id DESC LIMIT 1', names: []
  }, {})

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

  app.post('/v1/groups', { schema: bodySchema('NewGroup') }, async (request, reply) => {
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

  app.post('/v1/meetings/:meeting_id/registrations', { schema: bodySchema('NewRegistration') }, async (request, reply) => {
    const caller = await identify(ask, byKey, request)
    if (caller === undefined) return problem(reply, 401, 'A key is needed')
    if (!caller.scopes.includes('registrations:write')) return problem(reply, 403, 'The key does not allow this')
    try {
      const made = await inTransaction((transaction) =>
        register(transaction, request.params.meeting_id, caller, wrappingId, request.body))
      reply.code(201).header('location', made.links.self)
      return answer(request, reply, closed, JSON.stringify(made), made.revision)
    } catch (error) {
      if (error instanceof Refused) return problem(reply, error.status, error.message)
      throw error
    }
  })

  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
}

if (cluster.isPrimary) {
  for (let i = 0; i < PROCESSES; i++) cluster.fork()
  cluster.on('exit', () => process.exit(1))
} else {
  await serve()
}
