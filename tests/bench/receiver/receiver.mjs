// receiver.mjs: what webhooks are sent to: it reads each message, checks it if it is to, and answers 204, or 400.
//
// SECRET: of the webhook, for the reference library; empty: nothing is checked. It prints its port, and for each line it
// is sent, how many messages were taken, and how many were not.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const { Webhook } = createRequire(new URL('../../../openapi/', import.meta.url))('standardwebhooks')
const webhook = process.env.SECRET ? new Webhook(process.env.SECRET) : { verify: JSON.parse }
let taken = 0
let refused = 0

function statusOf (request, body) {
  try {
    webhook.verify(body, request.headers)
    taken++
    return 204
  } catch {
    refused++
    return 400
  }
}

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (part) => { body += part })
    .on('end', () => response.writeHead(statusOf(request, body)).end())
})
server.keepAliveTimeout = 60000
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
createInterface({ input: process.stdin }).on('line', () => console.log(`${taken} ${refused}`)).on('close', () => process.exit())
