// What the worker does while suites.mjs and arm64.mjs take snapshots of it.
export const PORT = 8080

/** Makes and drops objects of every kind; `n` counts the rounds. */
const work = `
  local kept = package.loaded.kept or { strings = {}, closures = {}, threads = {}, few = {}, n = 0 }
  package.loaded.kept = kept
  kept.n = kept.n + 1
  local n, text = kept.n % 5000, {}
  for i = 1, 20 do text[i] = "part " .. n .. " " .. i end
  kept.strings[n] = table.concat(text, ",")
  kept.closures[n] = function() return text end
  kept.few["key " .. n % 40] = { n, kept.few["key " .. (n - 1) % 40] and n }
  kept.threads[n % 200] = coroutine.create(function(a) coroutine.yield(a) end)
  coroutine.resume(kept.threads[n % 200], text)
  local shown = kept.n .. " " .. string.gsub(kept.strings[n], "%d", "x")
`
/** Does so all the time, for a LuaJIT alone. */
export const program = `local null = io.open("/dev/null", "w") null:setvbuf("no") while true do ${work} null:write(shown) end\n`
/** Does so with each request to /t. */
export const conf = `
load_module modules/ndk_http_module.so;
load_module modules/ngx_http_lua_module.so;
worker_processes 1;
daemon off;
error_log stderr notice;
events {}
http {
  access_log off;
  keepalive_requests 1000000000;
  lua_shared_dict seen 1m;
  server {
    listen ${PORT};
    location = /t {
      content_by_lua_block {
        ${work}
        local co = ngx.thread.spawn(function() ngx.sleep(0.001) return n end)
        ngx.shared.seen:set("n", n)
        ngx.thread.wait(co)
        ngx.say(shown)
      }
    }
  }
}
`
