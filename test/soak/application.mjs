import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PATTERNS } from './patterns.mjs'
import { PLANTS } from './plants.mjs'
import { randomFrom } from './random.mjs'

/**
 * What runs under a seed: two to four patterns with their parameters, the load, and with `planted` one leak. The kinds of leaks take turns
 * with the seed, so that so many seeds in a row have them all.
 */
export function drawApplication(seed, { planted, patterns = PATTERNS, plants = PLANTS }) {
  const random = randomFrom(seed)
  const modules = random.some(random.int(2, 4), patterns).map((pattern) => draw(pattern, pattern.name, random))
  return {
    seed,
    modules,
    plant: planted ? draw(plants[seed % plants.length], 'planted', random) : undefined,
    connections: random.int(2, 20),
    // Every second application answers at once, the others wait for something behind them: some hundred to some thousand requests per second.
    waitMs: random.pick([0, random.int(1, 5)]),
  }
}

function draw(kind, module, random) {
  return { kind, module, parameters: kind.draw(random) }
}

/** `lrucache(size 500, ttl 2)`, as it stands in the line of a run. */
export function describe({ kind, parameters }) {
  const told = Object.entries(parameters).map(([name, value]) => (name === 'keys' ? value.name : `${name} ${value}`))
  return `${kind.name}(${told.join(', ')})`
}

/** Writes nginx.conf and the modules of an application into a folder. */
export function writeApplication(application, folder) {
  mkdirSync(join(folder, 'lua'), { recursive: true })
  writeFileSync(join(folder, 'nginx.conf'), confOf(application))
  for (const { kind, module, parameters } of modulesOf(application)) {
    writeFileSync(join(folder, 'lua', `${module}.lua`), kind.lua(parameters).trimStart())
  }
}

function modulesOf({ modules, plant }) {
  return plant ? [...modules, plant] : modules
}

function confOf(application) {
  const modules = modulesOf(application)
  const all = (part, indent) =>
    modules
      .flatMap(({ kind, parameters }) => kind[part]?.(parameters) ?? [])
      .map((line) => `${' '.repeat(indent)}${line}\n`)
      .join('')
  const calls = modules
    .map(({ module, parameters }) => `                require("${module}").serve(${parameters.keys.lua})\n`)
    .join('')
  const wait = application.waitMs > 0 ? `                ngx.sleep(${application.waitMs / 1000})\n` : ''
  return `# Seed ${application.seed} of test/soak.mjs.
worker_processes 1;

events {
    # Timers that run take one each, beside the clients.
    worker_connections 16384;
}

http {
    lua_package_path "$prefix/lua/?.lua;;";
    lua_max_pending_timers 500000;
    lua_max_running_timers 500000;
${all('directives', 4)}
    init_worker_by_lua_block {
        math.randomseed(${application.seed})
        for _, name in ipairs { ${modules.map(({ module }) => `"${module}"`).join(', ')} } do
            local module = require(name)
            if module.start then
                module.start()
            end
        end
    }

    server {
        listen 8080;

        location = /t {
            content_by_lua_block {
                local n, id = ngx.var.arg_n, ngx.var.arg_id
${calls}${wait}                ngx.say("served")
            }
        }
${all('locations', 8)}    }
}
`
}
