# Debian 12: nginx 1.22.1, ngx_lua 0.10.23, OpenResty's LuaJIT 20230119 (GC64).
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx libnginx-mod-http-lua lua-resty-core lua-resty-lrucache \
 && rm -rf /var/lib/apt/lists/*
CMD ["nginx", "-g", "daemon off;"]
