local lrucache = require("resty.lrucache")

local _M = {}
local products = lrucache.new(200)
local carts = ngx.shared.carts

function _M.product(id)
    local product = products:get(id)
    if not product then
        product = { id = id, name = "product " .. id }
        products:set(id, product, 60)
    end
    return product.name
end

function _M.add(id)
    ngx.req.read_body()
    return carts:incr(id, 1, 0, 60)
end

return _M
