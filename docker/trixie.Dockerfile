# Debian 13: nginx 1.26.3, ngx_lua 0.10.28, OpenResty's LuaJIT 20250117 (GC64).
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx libnginx-mod-http-lua lua-resty-core lua-resty-lrucache \
 && rm -rf /var/lib/apt/lists/*
CMD ["nginx", "-g", "daemon off;"]
