local _M = {}

_M.routes = {
    { name = "orders", prefix = "/orders/", upstream_path = "/v2/orders/", envelope = true },
    { name = "users", prefix = "/users/", upstream_path = "/v1/users/" },
}

_M.consumers = { cache_size = 200, ttl = 30 }
_M.limits = { per_second = 1000000 }
_M.log = { batch = 100, flush_every = 0.2, backlog = 5000 }
_M.health = { failures = 3, recover_every = 0.25 }

return _M
