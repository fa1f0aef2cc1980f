# musl: Alpine's own nginx, ngx_lua and LuaJIT.
FROM alpine:3.22
RUN apk add --no-cache nginx nginx-mod-http-lua
CMD ["nginx", "-g", "daemon off;"]
