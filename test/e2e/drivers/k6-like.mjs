// Stands in for k6, as far as its manners go: virtual users that each send a request after the other, progress on stderr in a line that redraws,
// a summary on stdout, exit code 99 where an answer is not as it should be, and 107 for a script that throws.
// Usage: node k6-like.mjs URL [REQUESTS] [USERS]
const [url, requests = '2000', users = '4'] = process.argv.slice(2)
let sent = 0
let failed = 0

async function user() {
  while (sent < Number(requests)) {
    sent++
    const answer = await fetch(url)
    await answer.text()
    if (answer.status !== 200) failed++
    if (sent % 500 === 0) process.stderr.write(`\rrunning, ${sent} complete`)
  }
}

try {
  await Promise.all(Array.from({ length: Number(users) }, user))
} catch (error) {
  console.error(`ERRO[0000] ${error.cause ?? error}`)
  process.exit(107)
}
console.log(`\nhttp_reqs: ${sent}\nhttp_req_failed: ${failed}`)
if (failed > 0) {
  console.error('ERRO[0001] thresholds on metrics http_req_failed have been crossed')
  process.exit(99)
}
