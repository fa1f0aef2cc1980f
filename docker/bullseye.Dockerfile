# Debian 11: nginx 1.18.0, ngx_lua 0.10.13, upstream LuaJIT 2.1.0-beta3 (GC32), which has no lua-resty-core.
FROM debian:bullseye-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx libnginx-mod-http-lua \
 && rm -rf /var/lib/apt/lists/*
CMD ["nginx", "-g", "daemon off;"]
