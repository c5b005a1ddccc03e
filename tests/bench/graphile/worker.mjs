// worker.mjs: jobs that do nothing, on graphile-worker; it says when it is ready, and when each job with a number begins.
//
// SETTINGS: what its preset says of `worker`, as JSON; PGHOST and its kin for where PostgreSQL is.
import { Logger, run } from 'graphile-worker'

const begun = () => Math.round((performance.timeOrigin + performance.now()) * 1000)

await run({
  preset: { worker: JSON.parse(process.env.SETTINGS) },
  noHandleSignals: true,
  logger: new Logger(() => (level, message) => { if (level === 'error') console.error(message) }),
  taskList: {
    noop: ({ number }) => { if (number !== undefined) console.log(`${number} ${begun()}`) }
  }
})
console.log('ready')
